#!/bin/sh
# Builds what a release has for this machine twice, the second time from a copy in another folder with an empty build
# cache, and compares: both have to be the same, bit for bit. Then builds for the platforms named, once, beside them.
# snapshot.sh PLATFORM...
set -eu
cd "$(dirname "$0")/.."
if [ -n "$(git status --porcelain)" ]; then
	echo "snapshot.sh: the copy is taken from git, so commit or remove these first:" >&2
	git status --short >&2
	exit 1
fi
copy=$(mktemp -d)
trap 'chmod -R u+w "$copy"; rm -rf "$copy"' EXIT # modules that go downloads are read-only
trap 'exit 1' INT TERM

# What was built: the checksums of all files, and of the image, whose tar holds its digests.
fingerprint() { (cd "$1/dist" && sha256sum -- *.tar.gz *.zip *.deb *.rpm *.apk *.json *_image.tar 2>/dev/null |
	grep -v -e ' artifacts.json' -e ' metadata.json'); }

make packages
fingerprint . >"$copy/first"
git clone --quiet --no-hardlinks . "$copy/source"
mkdir -p "$copy/source/bin"
cp -r bin/tools "$copy/source/bin/"
GOCACHE=$copy/cache make -C "$copy/source" --old-file release-tools packages
fingerprint "$copy/source" >"$copy/second"
if ! diff "$copy/first" "$copy/second"; then
	echo "snapshot.sh: two builds of one commit differ, see above" >&2
	exit 1
fi
echo "Built twice, and the same both times:"
cat "$copy/first"
rm -rf "$copy/cache"

make --old-file release-tools packages PLATFORMS="$(go env GOOS)_$(go env GOARCH) $*"
