#!/bin/sh
# Runs before the files of a deb, rpm or apk go: ends the service, and has it start no more. At an upgrade it does
# nothing, for the new package restarts the service.
set -e

exists() { command -v "$1" >/dev/null 2>&1; }

# deb says what it does in a word, rpm how many versions stay. apk calls this at a removal only, with a version.
case ${1-} in
remove | 0 | *.* | "") ;;
*) exit 0 ;;
esac

if exists systemctl; then
	if [ -d /run/systemd/system ]; then
		systemctl stop otelcol-river.service || true
	fi
	# In a file system that has not been booted, too.
	systemctl --quiet --no-reload disable otelcol-river.service || true
elif exists rc-service && [ -x /etc/init.d/otelcol-river ]; then
	rc-service --quiet --ifstarted otelcol-river stop || true
	rc-update --quiet delete otelcol-river || true
fi
