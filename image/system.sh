#!/bin/sh
# Makes the root folder of the image, in the folder it is given: Debian's nodejs, what that depends on, the authorities
# that TLS trusts, and one user. Packages are unpacked, not installed: there is nothing in the folder to run their scripts
# with. Scanners find what is inside in var/lib/dpkg/status.d, one file for each package, and in usr/lib/os-release.
set -eu
root=$1
packages=$(mktemp -d)
chown _apt "$packages"

apt-get update
cd "$packages"
# As on a machine with nothing installed: apt names everything that is needed. What follows asks for no more.
apt-get install --print-uris --quiet=2 --no-install-recommends \
  -o Dir::State::status=/dev/null -o Dir::Cache::archives="$packages" nodejs > wanted
# Packages that help to install others or to download package managers: nothing in the image runs them.
sed "s/^'[^']*' \([^_]*\)_.*/\1/" wanted | grep -v -x -E 'dpkg|tar|debconf|perl-base|libcrypt1|libselinux1|libpcre2-8-0|node-corepack' > names
# shellcheck disable=SC2046
apt-get download $(cat names) base-files ca-certificates

# Debian has had one tree under /usr for years; packages may still name the old folders.
for folder in bin sbin lib lib64; do
  mkdir -p "$root/usr/$folder"
  ln -s "usr/$folder" "$root/$folder"
done
mkdir -p "$root/var/lib/dpkg/status.d"
for package in *.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar --extract --keep-directory-symlink --directory "$root"
  name=$(dpkg-deb --field "$package" Package)
  dpkg-deb --field "$package" > "$root/var/lib/dpkg/status.d/$name"
done

# The licences of all packages stay; their other documents, translations and headers do not.
find "$root/usr/share/doc" ! -type d ! -name copyright -delete
rm -rf "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/info" "$root/usr/share/lintian" \
  "$root/usr/share/bug" "$root/usr/share/gcc" "$root/usr/share/gdb" "$root/usr/share/nodejs/@types" "$root/usr/include"
# Conversions between alphabets for programs in C: a fifteenth of the image.
rm -rf "$root"/usr/lib/*/gconv
find "$root/usr/share/doc" -type d -empty -delete

# What the scripts of ca-certificates would have made of its authorities.
mkdir -p "$root/etc/ssl/certs"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt > "$root/etc/ssl/certs/ca-certificates.crt"
rm -rf "$root/usr/share/ca-certificates" "$root/usr/sbin/update-ca-certificates"

printf 'root:x:0:0:root:/:/nonexistent\nlockstep:x:1000:1000:Lockstep:/opt/lockstep:/nonexistent\n' > "$root/etc/passwd"
printf 'root:x:0:\nlockstep:x:1000:\n' > "$root/etc/group"
mkdir -p "$root/tmp"
chmod 1777 "$root/tmp"
