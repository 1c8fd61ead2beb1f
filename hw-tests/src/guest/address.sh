#!/run/guest/busybox sh
# What udhcpc runs when a lease begins: the card gets its address, and a route of its own through the stick.
case $1 in
deconfig) ip addr flush dev "$interface" ;;
bound | renew)
    ip addr replace "$ip/$mask" dev "$interface"
    read -r metric <"/sys/class/net/$interface/ifindex"
    ip route add default via "$router" dev "$interface" metric "$metric"
    ;;
esac
