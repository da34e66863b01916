# Installs the Debian packages that the tests need and that are not there: `sh ops/packages.sh`, or `make test`.
# Does nothing, without network, when all are there. Needs root or sudo else.
set -eu

# what each brings, and its package
missing=
[ -x /usr/bin/redis-server ] || missing="$missing redis-server" # the broker is measured beside it
[ -x /usr/sbin/postfix ] || missing="$missing postfix"          # delivers to the LMTP server, and sends for the outbox
[ -x /usr/sbin/clamd ] || missing="$missing clamav-daemon"      # scans files for malware
[ -x /usr/bin/chromium ] || missing="$missing chromium"         # the console's pages are looked at in it
[ -x /usr/lib/dovecot/imap ] || missing="$missing dovecot-imapd" # mailboxes to fetch from, by IMAP
[ -x /usr/lib/dovecot/pop3 ] || missing="$missing dovecot-pop3d" # and by POP3
[ -x /usr/bin/promtool ] || missing="$missing prometheus"         # reads our alerts, and scrapes
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    echo "Installing$missing, which the tests need"
    $as_root apt-get update -qq
    # the tests start a Postfix of their own: that of the system stays without configuration, and off
    command -v debconf-set-selections >/dev/null &&
        echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections
    # shellcheck disable=SC2086  # one word a package
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
    echo "error: the tests need$missing. On Debian and Ubuntu, as root: apt-get install$missing" >&2
    exit 1
fi
