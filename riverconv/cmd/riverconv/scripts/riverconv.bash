# Completion of riverconv for bash, as "riverconv completion bash" prints it.

_riverconv() {
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files) return ;; # no reply, so that bash itself completes files
		:folders)
			compopt -o dirnames +o default 2>/dev/null
			return
			;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done < <("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$2" 2>/dev/null)
	compopt +o default 2>/dev/null # words only; bash before 4.0 lacks compopt and offers files as well
}

complete -o default -F _riverconv riverconv
