# Build: a virtual environment of exactly what requirements.lock names, hashes checked, nothing compiled.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r requirements.lock \
    && /venv/bin/python -m pip uninstall --quiet --yes pip setuptools

FROM python:3.11-slim-bookworm
# tini passes signals on and reaps what nobody else reaps. Its version is not pinned, because Debian withdraws
# one once it is patched, and the build would stop.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin bot \
    && install --directory --owner=bot --group=bot --mode=0700 /data

WORKDIR /app
COPY --from=build /venv /venv
COPY locales ./locales
COPY faq ./faq
COPY bot ./bot
COPY handlers ./handlers

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    LOG_FORMAT=json
# Python files are read-only here, so what they compile to is made once, now; and so is what the FAQ teaches.
RUN python -m compileall -q bot faq handlers \
    && python -m faq train

# bot, by number: so an orchestrator sees that it is not root.
USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["/usr/bin/tini", "--"]
# Give it DATABASE_URL, after `db upgrade` has run there (compose.yaml does both). `python -m bot demo` needs neither.
CMD ["python", "-m", "bot", "run"]
