#!/bin/sh
# Lists what is in an archive, or in an image (oci-dir:FOLDER), in SPDX: sbom.sh ARTIFACT DOCUMENT. What syft makes
# up anew in each run is replaced: the date by that of the commit, the random name by the digest of what was looked at.
set -eu
artifact=$1 document=$2
date=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
case $artifact in
oci-dir:*) content=${artifact#oci-dir:}/index.json ;;
*) content=$artifact ;;
esac
digest=$(sha256sum "$content" | cut -d ' ' -f 1)
tools=$(cd "$(dirname "$0")/../bin/tools" && pwd)

trap 'rm -f "$document.new"' EXIT
SYFT_CHECK_FOR_APP_UPDATE=false SYFT_FILE_METADATA_CATALOGER_ENABLED=true \
	"$tools/syft" scan "$artifact" --source-name "$(basename "$document" .spdx.json)" \
	--output "spdx-json=$document.new"
sed -E -e 's|"created": *"[^"]*"|"created":"'"$date"'"|' \
	-e 's|("documentNamespace": *"[^"]*)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"|\1-'"$digest"'"|' \
	"$document.new" >"$document"
grep -q -- "-$digest\"" "$document" || { echo "sbom.sh: syft names its documents in another way now" >&2; exit 1; }
