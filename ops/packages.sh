# Installs the Debian packages that the tests need: `sh ops/packages.sh`, or `make test`.
# Does nothing, and uses no network, when none is missing. Otherwise needs root or sudo.
set -eu

# the program of each package, and what the tests use it for
missing=
[ -x /usr/bin/redis-server ] || missing="$missing redis-server" # the broker is compared with it
[ -x /usr/sbin/postfix ] || missing="$missing postfix"          # delivers to the LMTP server, and sends for the outbox
[ -x /usr/sbin/clamd ] || missing="$missing clamav-daemon"      # scans files for malware
[ -x /usr/bin/chromium ] || missing="$missing chromium"         # shows the console's pages
[ -x /usr/lib/dovecot/imap ] || missing="$missing dovecot-imapd" # mailboxes to fetch from, by IMAP
[ -x /usr/lib/dovecot/pop3 ] || missing="$missing dovecot-pop3d" # and by POP3
[ -x /usr/bin/promtool ] || missing="$missing prometheus"         # checks the alerts, and scrapes
[ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"       # pools connections to PostgreSQL
[ -x /usr/bin/systemd-analyze ] || missing="$missing systemd"     # checks the units of ops/deploy
[ -x /usr/bin/prometheus-alertmanager ] || missing="$missing prometheus-alertmanager" # groups and inhibits the alerts
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    echo "Installing$missing, which the tests need"
    $as_root apt-get update -qq
    # the tests start their own Postfix; the system's stays unconfigured and off
    command -v debconf-set-selections >/dev/null &&
        echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections
    # shellcheck disable=SC2086  # one word a package
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
    echo "error: the tests need$missing. On Debian and Ubuntu, as root: apt-get install$missing" >&2
    exit 1
fi
