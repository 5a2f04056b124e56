# Completion of riverconv for fish, as "riverconv completion fish" prints it.

function __riverconv_suggestions
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct) ''
            case '*'
                echo $line
        end
    end
end

complete -c riverconv -f -a '(__riverconv_suggestions)'
