#!/usr/bin/env bash
# Tables from C are those of the command, byte for byte; examples/c runs.
#   table.sh SMILE EXTRACT COMMAND MODELS DEMO
set -eu
smile=$1 extract=$2 command=$3 models=$4 demo=$5
[ -e "$models" ] || { echo "no models in $models"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ffmpeg -v error -nostdin -i "$demo" -frames:v 1 "$folder/one.png"
mkdir "$folder/pictures"
ffmpeg -v error -nostdin -i "$demo" -frames:v 3 "$folder/pictures/%d.png"
for input in "$demo" "$folder/one.png" "$folder/pictures"; do
  "$command" extract "$input" -o "$folder/command.csv" --models "$models" --quiet
  "$extract" "$models" "$input" "$folder/c.csv"
  cmp "$folder/command.csv" "$folder/c.csv" || { echo "the tables of $input differ"; exit 1; }
done
"$smile" "$demo" "$models" "$folder/smile.csv" >"$folder/out"
tail -1 "$folder/out" | grep -q '^90 frames, a face in 90$' || { cat "$folder/out"; exit 1; }
"$extract" "$models" "$demo" "$folder/c.csv"
cmp "$folder/smile.csv" "$folder/c.csv"
