# The book's environment. Once the image is built, book and tests need no network:
#   docker build --tag dyadsync .
#   docker run --rm --network none dyadsync make test
#   docker run --rm --network none --volume "$PWD/out:/out" dyadsync \
#     .venv/bin/dyadsync build --output /out/book
FROM python:3.12-slim-bookworm

# make for the two commands, git for the commit that pages name, chromium for browser tests.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make git chromium \
 && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home reader && install --directory --owner reader /book /out
USER reader
WORKDIR /book

# The pins first, so that a change of a chapter installs nothing again.
COPY --chown=reader Makefile pyproject.toml requirements*.lock README.md LICENSE* ./
COPY --chown=reader .ci/jupyterlab/*.json .ci/jupyterlab/
COPY --chown=reader src/dyadsync/__init__.py src/dyadsync/
COPY --chown=reader src/millbook/__init__.py src/millbook/
RUN make .venv/.dev

COPY --chown=reader . .

CMD ["make", "book"]
