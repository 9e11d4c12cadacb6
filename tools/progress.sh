# Sourced by tools/run and tools/test: numbered steps with the time since the start; how to fail.
# shellcheck shell=bash

step_count=0 # The caller sets it to the number of its steps.
step_number=0
step_name="start"

# step NAME: begins the next step.
step() {
  step_number=$((step_number + 1))
  step_name=$1
  printf '\n[%d/%d %s] %s\n' "$step_number" "$step_count" "$(elapsed)" "$step_name"
}

# Minutes and seconds since the script started.
elapsed() {
  printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60))
}

# fail TEXT...: one line that names the step, and exit 1.
fail() {
  printf '\n%s: step %d of %d (%s) failed after %s: %s\n' \
    "tools/${0##*/}" "$step_number" "$step_count" "$step_name" "$(elapsed)" "$*" >&2
  exit 1
}
