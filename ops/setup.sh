# Makes .venv fit requirements.lock, from the repository root: `sh ops/setup.sh`, or `make setup`.
# Does nothing, without network, when that was done before. PYTHON names the Python to use.
set -eu

: "${PYTHON:=}"
stamp=.venv/casemail.stamp
unfinished=.venv/casemail.unfinished

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

version() { # of the Python "$1": 3.12, or nothing if it does not run
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || :
}

is_supported() {
    case $1 in 3.11 | 3.12 | 3.13) return 0 ;; *) return 1 ;; esac
}

find_python() { # sets $python
    seen=
    without_venv=
    [ -n "$PYTHON" ] && set -- "$PYTHON" || set -- python3 python3.13 python3.12 python3.11
    for python in "$@"; do
        found=$(version "$python")
        if ! is_supported "$found"; then
            seen="$seen, $python is ${found:-not there}"
        elif "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            return
        else
            without_venv=${without_venv:-$found}
        fi
    done
    [ -z "$without_venv" ] || fail "Python $without_venv can't make a virtual environment:" \
        "install its venv module (on Debian and Ubuntu: apt-get install python$without_venv-venv) and run this again"
    fail "casemail needs Python 3.11, 3.12 or 3.13, but${seen#,}." \
        "Install one, or name one: make setup PYTHON=/path/to/python3.12"
}

wanted="$(pwd) $(cksum requirements.lock pyproject.toml ops/embedded/jars.lock)"
have=$(version .venv/bin/python)
[ -z "$PYTHON" ] || [ "$(version "$PYTHON")" = "$have" ] || have=
case $(cat "$stamp" 2>/dev/null || :) in
"$wanted") [ -z "$have" ] || exit 0 ;;
'' | "$(pwd) "*) ;;
*) have= ;; # the folder was moved: the scripts in it name the old place
esac

if [ -e "$unfinished" ] || ! is_supported "$have"; then
    find_python
    echo "Making .venv with Python $found"
    rm -rf .venv
    mkdir .venv
    : >"$unfinished"
    "$python" -m venv .venv
fi
: >"$unfinished"
rm -f "$stamp"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
.venv/bin/python -m pip install --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
rm "$unfinished"
.venv/bin/python -m ops.embedded install
printf '%s\n' "$wanted" >"$stamp"
