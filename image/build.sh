#!/bin/sh
# Builds the image as root on Debian with nothing but Debian's archive and the npm registry: the image that the Dockerfile
# begins with is made of packages instead of being pulled. Arguments are passed on to `buildah build`.
# Needs: apt-get install buildah mmdebstrap
set -eu
cd "$(dirname "$0")/.."
base=localhost/lockstep-base:trixie

for tool in buildah mmdebstrap; do
  command -v "$tool" > /dev/null || { echo "$tool is missing: apt-get install buildah mmdebstrap" >&2; exit 1; }
done
if ! buildah inspect --type image "$base" > /dev/null 2>&1; then
  archive=$(mktemp --suffix=.tar)
  trap 'rm -f "$archive"' EXIT
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/$')
  mmdebstrap --variant=apt --dpkgopt=force-unsafe-io --include=ca-certificates trixie "$archive" "$mirror"
  container=$(buildah from scratch)
  buildah add "$container" "$archive" / > /dev/null
  buildah commit --rm "$container" "$base"
fi
# Steps run in a changed root on the network of the machine: that works where there are no namespaces to be had, too.
buildah build --isolation chroot --network host --format docker --build-arg BASE="$base" --tag lockstep "$@" .
