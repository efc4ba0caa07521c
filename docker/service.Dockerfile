# The service and its workers: one image, two commands.
FROM python:3.12.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/uv.txt requirements/service.txt requirements/
RUN python -m venv /opt/veripath \
    && /opt/veripath/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/uv.txt \
    && VIRTUAL_ENV=/opt/veripath /opt/veripath/bin/uv pip install --no-cache --require-hashes --no-deps -r requirements/service.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY graph graph
COPY ingest ingest
COPY retrieval retrieval
RUN VIRTUAL_ENV=/opt/veripath /opt/veripath/bin/uv pip install --no-cache --no-deps --no-build-isolation .

FROM python:3.12.11-slim-bookworm
RUN useradd --create-home --uid 10001 veripath && mkdir /data && chown veripath /data
COPY --from=build /opt/veripath /opt/veripath
ENV PATH=/opt/veripath/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    VERIPATH_HOME=/data \
    VERIPATH_HOST=0.0.0.0
USER 10001
VOLUME /data
EXPOSE 8000
CMD ["veripath", "serve"]
