#!/usr/bin/env bash
# From 1.29 on, `import onnxruntime` on Linux, without any session, gives the machine an identity: a file with a random number
# and a database of events to be sent appear in the user's cache folder, below a name that has nothing to do with ONNX Runtime. In the
# same program with `CI` or `GITHUB_ACTIONS` in the environment nothing appears. So a test that watches files and sockets of a
# program which embeds it passes wherever such tests run and says nothing about what users get. `CI=false` does not count as CI;
# DO_NOT_TRACK is not looked at; ORT_DISABLE_TELEMETRY=1 is.
# Seen with onnxruntime 1.29.0 and 1.32.0 (PyPI, CPython 3.11, x86-64); not with 1.27.0 and 1.28.0.
# Why it matters here: auriga promises that nothing is sent and nothing written but results. It sets the variable itself before the
# first network is made, and its test of that promise runs in an environment without CI.
set -eu
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
python3 -m venv "$t/v"
left() {  # left VERSION NAME=VALUE...: files that an import leaves
  "$t/v/bin/pip" -q --disable-pip-version-check install "onnxruntime==$1" "numpy<3" 2>/dev/null
  shift
  rm -rf "$t/home" "$t/tmp"; mkdir "$t/home" "$t/tmp"
  env -i PATH="$PATH" HOME="$t/home" TMPDIR="$t/tmp" "$@" "$t/v/bin/python" -c 'import onnxruntime'
  find "$t/home" "$t/tmp" -type f | wc -l
}
ok=0
for case in '1.28.0 A=1 none' '1.32.0 A=1 some' '1.32.0 CI=1 none' '1.32.0 GITHUB_ACTIONS=true none' '1.32.0 CI=false some' \
  '1.32.0 DO_NOT_TRACK=1 some' '1.32.0 ORT_DISABLE_TELEMETRY=1 none'; do
  read -r version variable expected <<<"$case"
  files=$(left "$version" "$variable")
  echo "onnxruntime $version, $variable: $files files left by an import"
  case $expected:$files in none:0 | some:[1-9]*) ;; *) ok=1 ;; esac
done
exit $ok
