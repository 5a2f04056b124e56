#!/bin/sh
# Runs when the files of a deb, rpm or apk are there, at installation and at upgrade. A service that runs is restarted
# with the new program. One that does not is not started: it would listen on all addresses, which is for an
# administrator to decide. One that cannot be restarted shows as failed, and does not leave the package half installed.
set -e

exists() { command -v "$1" >/dev/null 2>&1; }

if exists systemctl && [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	systemctl try-restart otelcol-river.service || true
elif exists rc-service && [ -x /etc/init.d/otelcol-river ]; then
	rc-service --quiet --ifstarted otelcol-river restart || true
fi
