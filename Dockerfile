# The main job on a real photo, and whatever else the command does:
#
#   docker build -t au_tf .
#   docker run --rm -v "$PWD/demo:/out" au_tf
#   docker run --rm -v "$PWD:/out" -w /out au_tf au-tf synthesize me.jpg --au AU12=5 --out smile.png
FROM python:3.11-slim

RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home au_tf \
 && mkdir /au_tf /out \
 && chown au_tf /au_tf /out
USER au_tf
WORKDIR /au_tf
COPY --chown=au_tf . .
RUN make .venv/.installed
ENV PATH=/au_tf/.venv/bin:$PATH
CMD ["make", "demo", "DEMO=/out"]
