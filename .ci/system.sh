#!/bin/sh
# Installs the programs that tests use and the machine lacks. Without root it only names them.
set -u
packages=""
need() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }
need chromium chromium
need ffmpeg ffmpeg
need turnserver coturn
need faketime faketime
need ss iproute2
need exiftool libimage-exiftool-perl
[ -x /usr/sbin/nginx ] || need nginx nginx-light
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages="$packages postgresql"
[ -d /usr/share/fonts/opentype/noto ] || packages="$packages fonts-noto-cjk"
if [ -n "$packages" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$packages"
    case "$packages" in *postgresql*)
      # Debian would make a database cluster and run it; the tests run servers of their own.
      [ -e /etc/postgresql-common/createcluster.conf ] || {
        mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
      } ;;
    esac
    # Nor would it leave nginx and coturn alone: without this it starts them as soon as they are installed.
    policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then policy=""; else printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"; fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null \
      || echo "could not install:$packages (tests that need them skip, or fail where TAKAN_REQUIRE names them)"
    [ -z "$policy" ] || rm -f "$policy"
  else
    echo "missing:$packages (tests that need them skip)"
  fi
fi
# MinIO has been archived upstream: source only, built by Go's own client. The full version names commit 7aac2a2c5b7c.
if command -v go >/dev/null 2>&1; then
  minio="${TAKAN_MINIO:-$(go env GOPATH)/bin/minio}"
  if [ ! -x "$minio" ]; then
    echo "building MinIO (a few minutes, once)"
    go install github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c >/dev/null 2>&1 || echo "could not build MinIO"
  fi
else
  [ -n "${TAKAN_MINIO:-}" ] || echo "missing: go, to build MinIO (tests against MinIO skip)"
fi
# veraPDF checks that records are PDF/A. Maven's own client fetches it; without Java the structural checks stand alone.
verapdf="${TAKAN_VERAPDF:-${XDG_CACHE_HOME:-$HOME/.cache}/takan/verapdf}"
if [ ! -d "$verapdf" ] && command -v mvn >/dev/null 2>&1 && command -v java >/dev/null 2>&1; then
  echo "fetching veraPDF (9 MB, once)"
  mvn -q -B -f tests/report/verapdf/pom.xml dependency:copy-dependencies -DoutputDirectory="$verapdf" >/dev/null 2>&1 \
    || { rm -rf "$verapdf"; echo "could not fetch veraPDF (its test skips)"; }
fi
exit 0
