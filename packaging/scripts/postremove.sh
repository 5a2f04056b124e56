#!/bin/sh
# Runs when the files of a deb, rpm or apk are gone. What the queue holds and what was configured stays, until a deb is
# purged; rpm and apk know no such step.
set -e

if [ "${1-}" = purge ]; then
	rm -rf /var/lib/otelcol-river /etc/otelcol-river
fi

if command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi
