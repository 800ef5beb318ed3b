"""Tables, goals and charts from the samples of test/bench/run."""
import json
import os
import re
from statistics import mean, median

import rows
import svg

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
OURS = ("asyncc", "asyncc-pool", "asyncc-lean", "asyncc-gcc", "asyncc-gcc-lean")
ORDER = ("floor", "floor-clang") + OURS

# What the kernel samples by its clock tick: only the mean of the rounds means something.
SAMPLED = ("user_us",)

# Charts: file, and for each panel its title, row and metric.
CHARTS = (
    ("memory.svg", (("A million tasks asleep, bytes per task", "sleep", "bytes_per_task"),
                    ("The same, us of CPU per task", "sleep", "us_per_task"))),
    ("calls.svg", (("Two tasks taking turns, ns per switch", "switch-2", "ns"),
                   ("Recursion, each call awaited, ns per call", "fib", "ns"),
                   ("Ten nested calls, none suspends, ns", "chain10", "ns"),
                   ("Ten nested calls, innermost suspends, ns", "leaf10", "ns"))),
    ("tasks.svg", (("Spawning and joining, ns per task", "spawn", "ns"),
                   ("Tree of a million tasks, ns per leaf", "skynet", "ns"),
                   ("Ping-pong over channels, ns per message", "pingpong", "ns"),
                   ("Channel of 128, ns per message", "chan128", "ns"))),
    ("sync.svg", (("Mutex, free, ns", "mutex", "ns"), ("Mutex, contended, ns", "mutex-wait", "ns"),
                  ("Event, ns per wake-up", "event", "ns"), ("Select over two channels, ns", "select", "ns"))),
    ("echo.svg", (("Echo server, us of CPU per request", "echo-50", "cpu_us"),
                  ("Idle connection, bytes", "idle", "bytes"))),
)


def middle(metric, samples):
    return mean(samples) if metric in SAMPLED else median(samples)


def order(name):
    return (ORDER.index(name), "") if name in ORDER else (len(ORDER), name)


class Report:
    def __init__(self, data):
        self.data = data

    def samples(self, row, metric):
        return {name: found for name, found in self.data.get(row, {}).get(metric, {}).items() if found}

    def middle(self, row, metric, program):
        found = self.samples(row, metric).get(program)
        return middle(metric, found) if found else None

    def lowest(self, row, metric, program):
        found = self.samples(row, metric).get(program)
        if not found:
            return None
        return middle(metric, found) if metric in SAMPLED else min(found)

    def ratio(self, row, metric, program):
        own, floor = self.middle(row, metric, program), self.middle(row, metric, "floor")
        return own / floor if own is not None and floor else None

    def programs(self, columns):
        return sorted({name for row, metric, _ in columns for name in self.samples(row, metric)}, key=order)

    def cell(self, row, metric, program):
        value = self.middle(row, metric, program)
        if value is None:
            return ""
        ratio = self.ratio(row, metric, program)
        return svg.number(value) + (" (%s)" % times(ratio) if ratio and program != "floor" else "")

    def tables(self):
        """(title, heads, lines of cells) of each group that has figures."""
        for title, columns in rows.GROUPS:
            columns = [column for column in columns if self.samples(*column[:2])]
            if columns:
                yield title, [""] + [head for _, _, head in columns], \
                    [[name] + [self.cell(row, metric, name) for row, metric, _ in columns]
                     for name in self.programs(columns)]

    def goal(self, goal, program):
        """(figure, limit) or None without figures."""
        gcc = program.startswith("asyncc-gcc")
        figure = self.lowest(goal.row, goal.metric, program)
        limit = goal.limit
        if goal.of:
            base = self.lowest(goal.row, goal.metric, "floor" if gcc else goal.of)
            limit = base and limit * base
        if gcc and limit:
            limit *= rows.GCC_MARGIN
        return (figure, limit) if figure is not None and limit is not None else None

    def goals(self):
        lines = []
        for goal in rows.GOALS:
            line = [rows.TITLES[goal.row], rows.METRICS[goal.metric]]
            for name in ("asyncc", "asyncc-gcc"):
                found = self.goal(goal, name + "-lean" if goal.row == "idle" else name)
                line += ["%s of %s" % (svg.number(found[0]), svg.number(found[1])),
                         "holds" if found[0] <= found[1] else "MISSED"] if found else ["", ""]
            if any(line[2:]):
                lines.append(line)
        return ["", "", "clang: measured of allowed", "", "gcc", ""], lines

    def summary(self):
        lines = [[title] + [self.number(row, metric, program) for program in rows.SUMMARY_PROGRAMS]
                 for title, row, metric in rows.SUMMARY]
        return [""] + list(rows.SUMMARY_PROGRAMS), lines

    def number(self, row, metric, program):
        value = self.middle(row, metric, program)
        return "" if value is None else svg.number(value)

    def json(self, machine):
        return {"machine": machine, "results": [
            {"row": row, "title": rows.TITLES[row], "metric": metric, "program": name, "middle": middle(metric, found),
             "min": min(found), "max": max(found), "rounds": len(found), "floors": self.ratio(row, metric, name)}
            for row in self.data for metric in self.data[row]
            for name, found in sorted(self.samples(row, metric).items())]}

    def charts(self):
        colour = {"floor": svg.FLOOR, "floor-clang": svg.FLOOR}
        for name, wanted in CHARTS:
            panels = []
            for title, row, metric in wanted:
                bars = [(program, self.middle(row, metric, program),
                         svg.OURS if program in OURS else colour.get(program, svg.OTHER))
                        for program in self.samples(row, metric)]
                bars = [bar for bar in bars if bar[1] > 0]
                if bars:
                    panels.append((title, bars))
            if panels:
                yield name, svg.bar_chart(panels)


def times(ratio):
    return "%.2fx" % ratio if ratio < 9.95 else "%.0fx" % ratio


def plain(title, heads, lines):
    """A table for the terminal."""
    widths = [max(len(line[i]) for line in [heads] + lines) for i in range(len(heads))]
    shown = [title]
    for line in [heads] + lines:
        shown.append("  " + "  ".join([line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in
                                                                    zip(line[1:], widths[1:])]).rstrip())
    return "\n".join(shown) + "\n"


def markdown(heads, lines):
    shown = ["| %s |" % " | ".join(heads), "|---|" + "---:|" * (len(heads) - 1)]
    return "\n".join(shown + ["| %s |" % " | ".join(line) for line in lines])


def fill(path, sections):
    """Puts each text between the markers <!-- NAME --> and <!-- end --> of a page."""
    with open(path, encoding="utf-8") as f:
        page = f.read()
    for name, content in sections.items():
        pattern = re.compile(r"(<!-- %s -->\n).*?(<!-- end -->)" % re.escape(name), re.S)
        page = pattern.sub(lambda found, content=content: found.group(1) + content + "\n" + found.group(2), page)
    with open(path, "w", encoding="utf-8") as f:
        f.write(page)


def write(data, out, machine, docs):
    report = Report(data)
    for title, heads, lines in report.tables():
        print(plain(title, heads, lines))
    print(plain("Goals", *report.goals()))
    with open(os.path.join(out, "results.json"), "w", encoding="utf-8") as f:
        json.dump(report.json(machine), f, indent=1)
    print("in parentheses: how many times the floor; all figures: %s" % os.path.join(out, "results.json"))
    if docs:
        charts = os.path.join(DOCS, "benchmarks")
        os.makedirs(charts, exist_ok=True)
        for name, chart in report.charts():
            with open(os.path.join(charts, name), "w", encoding="utf-8") as f:
                f.write(chart)
        sections = {"table: " + title: markdown(heads, lines) for title, heads, lines in report.tables()}
        sections["table: Goals"] = markdown(*report.goals())
        sections["table: summary"] = markdown(*report.summary())
        sections["machine"] = "%(processor)s, %(cores)s cores; Linux %(kernel)s; %(gcc)s; %(clang)s." % machine
        for page in ("benchmarks.md", os.path.join("..", "README.md")):
            fill(os.path.join(DOCS, page), sections)
