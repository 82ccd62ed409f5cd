#!/usr/bin/env bash
# libauriga_c exports the functions of its header, which are those of symbols.txt, and nothing else.
#   symbols.sh LIBRARY HEADER
set -euo pipefail
list=$(dirname "$0")/symbols.txt
exported=$(nm -D --defined-only "$1" | sed 's/^[0-9a-f]* //; s/@.*//' | grep -v '^A AURIGA_C_0$' | sed 's/^T //' | LC_ALL=C sort)
declared=$(grep -o 'auriga_[a-z_]*(' "$2" | grep -vE 'auriga_on_' | tr -d '(' | LC_ALL=C sort -u)
diff <(echo "$exported") "$list" || { echo "$1 does not export what $list says"; exit 1; }
diff <(echo "$declared") "$list" || { echo "$2 does not name the functions of $list"; exit 1; }
