# Installs the Debian packages that the tests need and that are not there: `sh ops/packages.sh`, or `make test`.
# Does nothing, without network, when all are there. Needs root or sudo else.
set -eu

command -v redis-server >/dev/null && exit 0
as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    echo "Installing redis-server, beside which the broker is measured"
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends redis-server >/dev/null
else
    echo "error: the tests need redis-server. On Debian and Ubuntu, as root: apt-get install redis-server" >&2
    exit 1
fi
