#!/usr/bin/env bash
# Fails where bash or Python cannot read a script:   check_scripts.sh ROOT
set -euo pipefail
cd "$1"
failed=0
count=0
while IFS= read -r -d '' file; do
    [[ -f $file ]] || continue
    IFS= read -r first <"$file" || true
    case $file:$first in
        *'#!/usr/bin/env bash'*) bash -n "$file" || failed=1 ;;
        *.py:*) python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || failed=1 ;;
        *) continue ;;
    esac
    case $file:$first in
        *.py:*) ;;  # called by name with the interpreter that CMake found
        *:'#!'*) [[ -x $file ]] || { echo "$file: begins with #! but is not executable"; failed=1; } ;;
    esac
    count=$((count + 1))
done < <(git ls-files -z --cached --others --exclude-standard -- tools tests bench .ci)
echo "scripts: $count read"
exit $failed
