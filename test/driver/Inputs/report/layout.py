"""The report on frames says what the compiler lays out.

Usage: layout.py SOURCE DIR ASYNCC COMPILER...

Takes the report of SOURCE as JSON and holds it against three things, for each compiler
behind asyncc: the debug information of the structs in which variables are saved, the sizes
and addresses that the program prints of its objects, and the memory that it asks for. In
the report itself each byte of each frame has to be accounted for.
"""
import json
import os
import re
import subprocess
import sys

source, folder, asyncc, compilers = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
problems = []
nothing = {"size": 0, "fields": {}}


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def check(condition, *words):
    if not condition:
        problems.append(" ".join(str(word) for word in words))


def covered(parts, start, end):
    """Whether the parts leave no byte out; only pinned objects may share some."""
    at = start
    for part in parts:
        if part["offset"] > at or (part["offset"] < at and part["kind"] != "pinned"):
            return False
        at = max(at, part["offset"] + part["size"])
    return at == end


def check_sums(function):
    name = function["name"]
    base = max(part["offset"] + part["size"] for part in function["parts"])
    check(covered(function["parts"], 0, base), name, "fixed parts")
    for call in function["awaits"]:
        check(covered(call["parts"], base, function["frame"]), name, call["line"])


def structs(program):
    """{name: {"size": n, "fields": {name: offset}}} of the structs in the debug information."""
    found, at_depth, entry = {}, {}, {}
    for line in output("readelf", "--debug-dump=info", program).splitlines():
        begin = re.match(r" <([0-9a-f]+)><[0-9a-f]+>: .*\((DW_TAG_\w+)\)$", line)
        value = re.match(r" +<[0-9a-f]+> +(DW_AT_\w+) *: (?:\(ind.*?\): )?(.*)", line)
        if begin:
            depth, entry = int(begin.group(1), 16), {"tag": begin.group(2), "fields": {}}
            at_depth[depth] = entry
        elif value:
            entry[value.group(1)] = value.group(2).strip()
        name = entry.get("DW_AT_name")
        if not value or name is None:
            continue
        if entry["tag"] == "DW_TAG_member" and "DW_AT_data_member_location" in entry:
            offset = int(entry["DW_AT_data_member_location"].split()[0], 0)
            at_depth[depth - 1]["fields"][name] = offset
        elif entry["tag"] == "DW_TAG_structure_type" and "DW_AT_byte_size" in entry:
            found[name] = {"size": int(entry["DW_AT_byte_size"], 0), "fields": entry["fields"]}
    return found


def check_structs(function, found):
    """What is saved lies in the struct of its suspension point as reported."""
    base = max(part["offset"] + part["size"] for part in function["parts"])
    points = [call for call in function["awaits"] if not call["replaces"]]
    for number, call in enumerate(points):
        saved = [part for part in call["parts"] if part["kind"] not in ("padding", "unused")]
        struct = found.get("__asyncc_%s_at_%d" % (function["name"], number), nothing)
        size, fields = struct["size"], struct["fields"]
        where = "%s:%d" % (function["name"], call["line"])
        used = [part for part in call["parts"] if part["kind"] != "unused"]
        check(sum(part["size"] for part in used) == size, where, "size", size)
        check([part["offset"] - base for part in saved] == sorted(fields.values()), where, fields)
        for part in saved:
            if part["kind"] == "saved" and part["name"] in fields:
                check(fields[part["name"]] == part["offset"] - base, where, part["name"])


def parts_named(function, name):
    for parts in [function["parts"]] + [call["parts"] for call in function["awaits"]]:
        yield from (part for part in parts if part.get("name") == name)


def check_objects(functions, lines):
    """Sizes as printed, and distances between pinned objects of a function."""
    origin = {}
    for line in lines:
        function, name, size, *address = line.split()
        found = list(parts_named(functions[function], name))
        check(found, function, name, "is not in the report")
        check(all(part["size"] == int(size) for part in found), function, name, "size", size)
        if address and found:
            start = int(address[0], 16) - found[0]["offset"]
            check(origin.setdefault(function, start) == start, function, name, "offset")
            check(found[0]["kind"] == "pinned", function, name, "is", found[0]["kind"])


def main():
    functions = {}
    for function in json.loads(output(asyncc, "--report=frames-json", source))["functions"]:
        functions[function["name"]] = function
        if function["frame"]:
            check_sums(function)
    taken = re.findall(r"async__frame_new(?:_aligned)?\((\d+)", output(asyncc, "--emit-c", source))
    check({int(size) for size in taken} == {f["frame"] for f in functions.values()} - {0}, taken)
    count = 0
    for compiler in compilers:
        program = os.path.join(folder, "layout-" + os.path.basename(compiler))
        output(asyncc, "--asyncc-cc=" + compiler, "-g", "-O0", source, "-o", program)
        found = structs(program)
        for function in functions.values():
            check_structs(function, found)
        lines = output(program).splitlines()
        check_objects(functions, lines)
        count += len(lines)
    print("%d functions, %d objects" % (len(functions), count))
    print("\n".join(problems))
    return 1 if problems or count < 20 * len(compilers) else 0


sys.exit(main())
