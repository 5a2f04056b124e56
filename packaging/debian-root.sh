#!/bin/sh
# Makes the Debian of which each test of the packages takes a copy: debian-root.sh FOLDER. It has systemd, which runs
# what the deb and the rpm install, rpm, and OpenRC, which runs what the apk does. debootstrap knows where to get it.
set -eu
root=$1

if [ "$(id -u)" != 0 ]; then
	echo "debian-root.sh: only root can make the users and the devices of a Debian" >&2
	exit 1
fi
# Ubuntu has debootstrap without the keys of Debian.
if ! command -v debootstrap >/dev/null || [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
	apt-get update
	apt-get install --yes --no-install-recommends debootstrap debian-archive-keyring
fi

rm -rf "$root" "$root.new" # what is older than this script, and what was not finished
debootstrap --variant=minbase --include=systemd,rpm,openrc bookworm "$root.new"
rm -rf "$root.new"/var/cache/apt/archives/*.deb "$root.new"/var/lib/apt/lists/*
touch "$root.new"
mv "$root.new" "$root"
