#!/usr/bin/env bash
# Action units of a folder of videos on a Slurm cluster: the tasks of an array share the videos.
#
#   sbatch --array=1-8 slurm-array.sh VIDEOS RESULTS [options of auriga extract]
#
# Sent again, after an abort or a time limit, it does only what is missing. To send only some shares
# of eight again: AURIGA_SHARES=8 sbatch --array=3,5 slurm-array.sh VIDEOS RESULTS
#SBATCH --job-name=auriga
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=500M
#SBATCH --time=08:00:00
# A minute before the time is over: auriga ends tidily.
#SBATCH --signal=B:TERM@60
#SBATCH --output=auriga-%A-%a.log
set -eu
[ $# -ge 2 ] || { echo "usage: sbatch --array=1-N slurm-array.sh VIDEOS RESULTS [options of auriga extract]" >&2; exit 2; }
[ -n "${SLURM_ARRAY_TASK_ID:-}" ] || { echo "slurm-array.sh: not a task of an array; send it with sbatch --array=1-N" >&2; exit 2; }
videos=$1 results=$2
shift 2

# One video per core: videos share no work, so that this is faster than several cores on one video.
cores=${SLURM_CPUS_PER_TASK:-1}
# exec: signals of Slurm reach auriga itself.
exec "${AURIGA:-auriga}" extract "$videos" --out-dir "$results" --resume \
  --shard "$SLURM_ARRAY_TASK_ID/${AURIGA_SHARES:-$SLURM_ARRAY_TASK_MAX}" --workers "$cores" --jobs "$cores" "$@"
