# Makes .venv fit the lock, run in the repository root: `sh ops/setup.sh` installs what the demo needs,
# `sh ops/setup.sh dev` the developers' tools, too. PYTHON names the Python to use.
# Installs nothing, and uses no network, when .venv is up to date.
set -eu

: "${PYTHON:=}"
kind=${1:-run}
stamp=.venv/casemail.stamp
unfinished=.venv/casemail.unfinished
case $kind in run) lock=requirements-demo.lock ;; *) lock=requirements-dev.lock ;; esac

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

version() { # prints the version of the Python "$1", such as 3.12, or nothing if it does not run
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || :
}

is_supported() {
    case $1 in 3.11 | 3.12 | 3.13 | 3.14) return 0 ;; *) return 1 ;; esac
}

# Sets $python. The machine's own python3 comes first, because its owner keeps it up to date; another Python, the newest
# first, only if that has known faults and the other has none.
find_python() {
    seen=
    without_venv=
    faulty=
    [ -n "$PYTHON" ] && set -- "$PYTHON" || set -- python3 python3.14 python3.13 python3.12 python3.11
    for python in "$@"; do
        found=$(version "$python")
        if ! is_supported "$found"; then
            seen="$seen, $python is ${found:-not there}"
        elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            without_venv=${without_venv:-$found}
        elif "$python" -P ops/interpreter.py 2>/dev/null; then
            return
        else
            faulty=${faulty:-$python}
        fi
    done
    if [ -n "$faulty" ]; then
        python=$faulty
        return
    fi
    [ -z "$without_venv" ] || fail "Python $without_venv can't make a virtual environment:" \
        "install its venv module (on Debian and Ubuntu: apt-get install python$without_venv-venv) and run this again"
    fail "casemail needs Python 3.11, 3.12, 3.13 or 3.14, but${seen#,}." \
        "Install one, or name one: make setup PYTHON=/path/to/python3.12"
}

warn_of_faults() { # of the Python in .venv; exits if casemail can't run with one of them
    .venv/bin/python -P ops/interpreter.py || [ $? = 1 ]
}

wanted="$(pwd) $(cksum requirements-demo.lock requirements-dev.lock pyproject.toml ops/embedded/jars.lock)"
have=$(version .venv/bin/python)
[ -z "$PYTHON" ] || [ "$(version "$PYTHON")" = "$have" ] || have=
case $(cat "$stamp" 2>/dev/null || :) in
"dev $wanted" | "$kind $wanted")
    if [ -n "$have" ]; then
        warn_of_faults
        exit 0
    fi
    ;;
'' | "dev $(pwd) "* | "run $(pwd) "*) ;;
*) have= ;; # the folder was moved: the scripts in .venv name the old path
esac

if [ -e "$unfinished" ] || ! is_supported "$have"; then
    find_python
    echo "Making .venv with Python $(version "$python")"
    rm -rf .venv
    mkdir .venv
    : >"$unfinished"
    "$python" -m venv .venv
fi
: >"$unfinished"
rm -f "$stamp"
warn_of_faults
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
.venv/bin/python -P ops/pip_install.py "$lock"
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
rm "$unfinished"
.venv/bin/python -m ops.embedded install
printf '%s\n' "$kind $wanted" >"$stamp"
