set pagination off
set debuginfod enabled off
break gdb.c:26
break gdb.c:36
run
print sum
print i
continue
print sum
print i
printf "at = "
output at
printf "\n"
printf "%s", (char *)text
printf "\n"
delete 1
continue
printf "total = %d\n", total
