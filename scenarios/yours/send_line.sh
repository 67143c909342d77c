# Sends one line of 15 bytes over TCP, with nothing but bash. usage: send_line.sh HOST PORT
set -e
exec 3<>"/dev/tcp/$1/$2"
echo "a line of text" >&3
exec 3>&-
