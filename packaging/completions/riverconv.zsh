#compdef riverconv
# Completion of riverconv for zsh, as "riverconv completion zsh" prints it.

_riverconv() {
	local line
	local -a suggestions
	for line in "${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
		case $line in
		:files)
			compset -P '-*='
			_files
			return
			;;
		:folders)
			compset -P '-*='
			_files -/
			return
			;;
		?*) suggestions+=("${${line//:/\\:}/$'\t'/:}") ;;
		esac
	done
	_describe 'riverconv' suggestions
}

# Found in fpath, this file is the function itself; sourced, it only defines it.
if [[ ${funcstack[1]} == _riverconv ]]; then
	_riverconv "$@"
else
	compdef _riverconv riverconv
fi
