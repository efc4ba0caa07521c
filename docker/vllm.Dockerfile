# vLLM on GPU with the KG-Trie plugin, see docs/decoding.md. Tested with: vLLM 0.32.0, and the numba and numpy
# that its image has. The entry point refuses any other vLLM with a sentence that says what to do.
FROM vllm/vllm-openai:v0.32.0
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY graph graph
COPY ingest ingest
COPY retrieval retrieval
# Until zero outputs outside the trie has been shown on GPU with the newer runner, the older one serves.
ENV VLLM_PLUGINS=kgtrie,kgtrie_endpoint \
    VLLM_USE_V2_MODEL_RUNNER=0 \
    KGTRIE_DIR=/tries
# Only the plugin is used here: none of the service's dependencies come along. A base image of another version
# fails here already.
RUN python3 -m pip install --no-cache-dir --no-deps . \
    && python3 -c "import sys; from retrieval.decoding.serve import problem; sys.exit(problem())"
VOLUME /tries
# The image's own entry point is `vllm serve`; this checks, then becomes it. Options follow as there.
ENTRYPOINT ["python3", "-m", "retrieval.decoding.serve"]
