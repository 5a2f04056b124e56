#!/bin/sh
# Runs before the files of a deb, rpm or apk come, at installation and at upgrade: makes the user and the group that the
# service runs as, if they are not there. A removal leaves them: files that a backup brings back may be theirs.
set -e

exists() { command -v "$1" >/dev/null 2>&1; }
known() { getent "$1" otelcol-river >/dev/null 2>&1 || grep -q '^otelcol-river:' "/etc/$1"; }

if ! known group; then
	if exists groupadd; then
		groupadd --system otelcol-river
	else # busybox
		addgroup -S otelcol-river
	fi
fi

if ! known passwd; then
	home=/var/lib/otelcol-river
	shell=$(command -v nologin || echo /sbin/nologin)
	if exists useradd; then
		useradd --system --gid otelcol-river --home-dir "$home" --no-create-home --shell "$shell" \
			--comment "OpenTelemetry Collector" otelcol-river
	else
		adduser -S -D -H -G otelcol-river -h "$home" -s "$shell" -g "OpenTelemetry Collector" otelcol-river
	fi
fi
