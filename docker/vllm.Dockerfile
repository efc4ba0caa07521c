# vLLM on GPU with the KG-Trie plugin. The plugin refuses any other vLLM version at start-up.
FROM vllm/vllm-openai:v0.32.0
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY graph graph
COPY ingest ingest
COPY retrieval retrieval
# Only the plugin is used here: none of the service's dependencies come along.
RUN python3 -m pip install --no-cache-dir --no-deps .
# Until zero outputs outside the trie has been shown on GPU with the newer runner, the older one serves.
ENV VLLM_PLUGINS=kgtrie,kgtrie_endpoint \
    VLLM_USE_V2_MODEL_RUNNER=0 \
    KGTRIE_DIR=/tries
VOLUME /tries
