"""generate.py SEED: prints a random program that awaits in all places.

The program is defined C, but for one thing: operands and arguments around an await are
evaluated from left to right, as asyncc promises and as clang does by itself. So the same
program erased and compiled by clang is the oracle; what has no await in it gives the same
in any order. To check one, in any configuration that exec/run.py knows:

    python3 generate.py 7 > 7.c && python3 ../exec/run.py BUILD_DIR 7.c

All arithmetic is unsigned; divisors are odd and shifts small; loops share a supply of
turns. A variable is changed inside an expression only if nothing else names it.
"""
import random
import sys

BINARY = ["+", "-", "*", "&", "|", "^", "<", ">", "==", "!=", "<=", ">="]
ASSIGN = ["=", "+=", "-=", "*=", "^=", "|=", "&="]
CASTS = ["(unsigned char)", "(unsigned short)", "(unsigned)", "(unsigned)(char)", "(unsigned)(long)"]

HEAD = """// Random program %d.
// CFLAGS: -w
#include "exec.h"

static unsigned g0 = 1, g1 = 2, g2 = 3;
static int turns = 400;

static bool more(void)
{
	return turns-- > 0;
}

static unsigned plain(unsigned v)
{
	return v * 5 ^ g1;
}

static _Async unsigned leaf(unsigned v)
{
	say("leaf %%u", v);
	_Await nap();
	g1 = g1 * 3 + v;
	return v + g2;
}

static _Async unsigned change(unsigned *p, unsigned v)
{
	_Await nap();
	*p += v;
	say("change %%u", *p);
	return *p;
}

static _Async unsigned sum_of(const unsigned *v, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++) {
		_Await nap();
		sum = sum * 7 + v[i];
	}
	say("sum %%u", sum);
	return sum;
}

static _Async struct pair make(unsigned a, unsigned b)
{
	_Await nap();
	return (struct pair){(int)(a & 0xffff), (int)(b & 0xffff)};
}

static _Async struct big make_big(unsigned a)
{
	struct big b = {{(int)(a & 0xff), 2, 3}, "big"};

	_Await nap();
	b.v[3] = (int)(g0 & 0xff);
	return b;
}

static unsigned pair_sum(struct pair p)
{
	return (unsigned)(p.a * 3 + p.b);
}
"""


class Scope:
    """Names that expressions may use. Elements of arrays are named arr[i & 3]."""

    def __init__(self, parent=None):
        self.parent = parent
        self.scalars, self.arrays, self.pairs, self.pointers = [], [], [], []

    def all(self, kind):
        scope, found, hidden = self, [], set()
        while scope:
            for name in getattr(scope, kind):
                if name not in hidden:
                    found.append(name)
            for names in (scope.scalars, scope.arrays, scope.pairs, scope.pointers):
                hidden.update(names)
            scope = scope.parent
        return found


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.functions = []
        self.lines = []
        self.number = 0
        self.scope = None
        self.loops = []
        self.asynchronous = True

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def fresh(self, prefix):
        self.number += 1
        return "%s%d" % (prefix, self.number)

    # Expressions of type unsigned.

    def expr(self, depth):
        if depth <= 0 or self.chance(0.15):
            return self.atom()
        kinds = [self.binary] * 5 + [self.call] * 5 + [self.unary, self.logical, self.logical,
                 self.conditional, self.comma, self.divide, self.shift, self.element,
                 self.literal, self.struct_value, self.statement_expression, self.elvis]
        return self.pick(kinds)(depth - 1)

    def atom(self):
        choices = [str(self.random.randrange(10)) + "u", self.pick(["g0", "g1", "g2"])]
        choices += self.all_or("scalars", lambda n: n) * 3
        choices += self.all_or("arrays", lambda n: "%s[%d]" % (n, self.random.randrange(4)))
        choices += self.all_or("pairs", lambda n: "(unsigned)%s.%s" % (n, self.pick("ab")))
        choices += self.all_or("pointers", lambda n: "*" + n)
        return self.pick(choices)

    def all_or(self, kind, make):
        names = self.scope.all(kind)
        return [make(self.pick(names))] if names else []

    def binary(self, depth):
        return "(%s %s %s)" % (self.expr(depth), self.pick(BINARY), self.expr(depth))

    def divide(self, depth):
        return "(%s %s (%s | 1))" % (self.expr(depth), self.pick("/%"), self.expr(depth))

    def shift(self, depth):
        return "(%s %s (%s & 7))" % (self.expr(depth), self.pick(["<<", ">>"]), self.expr(depth))

    def unary(self, depth):
        return "(%s%s)" % (self.pick(["-", "~", "!", "+"] + CASTS), self.expr(depth))

    def logical(self, depth):
        return "(%s %s %s)" % (self.expr(depth), self.pick(["&&", "||"]), self.expr(depth))

    def conditional(self, depth):
        return "(%s ? %s : %s)" % (self.expr(depth), self.expr(depth), self.expr(depth))

    def elvis(self, depth):
        return "(%s ?: %s)" % (self.expr(depth), self.expr(depth))

    def comma(self, depth):
        return "(%s, %s)" % (self.expr(depth), self.expr(depth))

    def element(self, depth):
        names = self.scope.all("arrays")
        if not names:
            return self.binary(depth)
        return "%s[%s & 3]" % (self.pick(names), self.expr(depth))

    def call(self, depth):
        args = lambda n: ", ".join(self.expr(depth) for _ in range(n))
        if not self.asynchronous or self.chance(0.2):
            return "plain(%s)" % args(1)
        kind = self.random.randrange(8)
        if kind < 3 or (kind < 5 and not self.functions):
            return "await leaf(%s)" % args(1)
        if kind < 5:
            name, count = self.pick(self.functions)
            return "await %s(%s)" % (name, args(count))
        if kind == 5:
            targets = (self.all_or("scalars", lambda n: "&" + n) + self.all_or("pointers", lambda n: n)
                       + self.all_or("arrays", lambda n: n + " + 2"))
            return "await change(%s, %s)" % (self.pick(targets or ["&g2"]), self.expr(depth))
        if kind == 6:
            return "await sum_of((unsigned[]){%s}, 2)" % args(2)
        return "(unsigned)(await make(%s)).%s" % (args(2), self.pick("ab"))

    def literal(self, depth):
        if self.chance(0.5):
            return "(unsigned)((struct pair){(int)(%s & 0xff), .b = (int)(%s & 0xff)}).%s" % (
                self.expr(depth), self.expr(depth), self.pick("ab"))
        return "((unsigned[3]){%s, %s})[%s %% 3]" % (self.expr(depth), self.expr(depth), self.expr(depth))

    def struct_value(self, depth):
        if not self.asynchronous:
            return self.binary(depth)
        kind = self.random.randrange(4)
        if kind == 0:
            return "(unsigned)(await make_big(%s)).v[%s & 3]" % (self.expr(depth), self.expr(depth))
        if kind == 1:
            return "pair_sum(await make(%s, %s))" % (self.expr(depth), self.expr(depth))
        pairs = self.scope.all("pairs")
        other = self.pick(pairs) if pairs else "(struct pair){1, 2}"
        return "pair_sum(%s ? await make(%s, 5u) : %s)" % (self.expr(depth), self.expr(depth), other)

    def statement_expression(self, depth):
        if depth < 1 or self.chance(0.6):
            return self.binary(depth)
        outer, lines = self.scope, self.lines
        self.scope, self.lines = Scope(outer), []
        loops, self.loops = self.loops, []
        self.declaration(depth)
        if self.chance(0.5):
            self.assignment(depth)
        value = self.expr(depth)
        text = "({ %s %s; })" % (" ".join(line.strip() for line in self.lines), value)
        self.scope, self.lines, self.loops = outer, lines, loops
        return text

    # Statements.

    def put(self, text):
        self.lines.append(text)

    def block(self, depth, count=None):
        self.put("{")
        self.scope = Scope(self.scope)
        for _ in range(count or self.random.randrange(1, 4)):
            self.statement(depth)
        self.scope = self.scope.parent
        self.put("}")

    def statement(self, depth):
        simple = [self.declaration, self.declaration, self.assignment, self.assignment, self.log,
                  self.expression, self.early]
        nested = [self.if_, self.while_, self.do, self.for_, self.switch, self.braces, self.retry]
        if depth > 0 and self.chance(0.5):
            self.pick(nested)(depth - 1)
        else:
            self.pick(simple)(2 if self.chance(0.7) else 3)

    def name(self, prefix):
        """A new name, or one that hides another."""
        outer = self.scope.parent.all("scalars") if self.scope.parent else []
        own = (self.scope.scalars + self.scope.arrays + self.scope.pairs + self.scope.pointers)
        outer = [n for n in outer if n not in own and n[0] == "v"]
        if prefix == "v" and outer and self.chance(0.2):
            return self.pick(outer)
        return self.fresh(prefix)

    def declaration(self, depth):
        kind = self.random.randrange(7)
        if kind < 3:
            value = self.expr(depth)
            name = self.name("v")
            if name in value.replace("(", " ").replace(")", " "):
                name = self.fresh("v")
            const = "const " if self.chance(0.15) else ""
            if const:
                name = self.fresh("v")
            self.put("%sunsigned %s = %s;" % (const, name, value))
            if const:
                self.put('say("const %%u", %s);' % name)
                return
            self.scope.scalars.append(name)
        elif kind == 3:
            name, values = self.fresh("a"), [self.expr(depth - 1) for _ in range(self.random.randrange(1, 4))]
            self.put("unsigned %s[4] = {%s};" % (name, ", ".join(values)))
            self.scope.arrays.append(name)
        elif kind == 4:
            name = self.fresh("p")
            if self.asynchronous and self.chance(0.5):
                self.put("struct pair %s = await make(%s, %s);" % (name, self.expr(depth - 1), self.expr(depth - 1)))
            else:
                self.put("struct pair %s = {(int)(%s & 0xff), 7};" % (name, self.expr(depth - 1)))
            self.scope.pairs.append(name)
        elif kind == 5:
            targets = self.scope.all("scalars")
            if targets:
                name = self.fresh("q")
                self.put("unsigned *%s = &%s;" % (name, self.pick(targets)))
                self.scope.pointers.append(name)
        else:
            a, b = self.fresh("v"), self.fresh("v")
            self.put("unsigned %s = %s, %s = %s + %s;" % (a, self.expr(depth - 1), b, a, self.expr(depth - 1)))
            self.scope.scalars += [a, b]

    def assignment(self, depth):
        targets = (self.scope.all("scalars") * 2 + ["g0", "g1"]
                   + ["%s[%d]" % (n, self.random.randrange(4)) for n in self.scope.all("arrays")]
                   + ["*" + n for n in self.scope.all("pointers")])
        if self.chance(0.1) and self.scope.all("pairs") and self.asynchronous:
            self.put("%s = await make(%s, %s);" % (self.pick(self.scope.all("pairs")), self.expr(depth), self.expr(depth)))
        elif self.chance(0.1):
            self.put("%s%s;" % (self.pick(targets), self.pick(["++", "--"])))
        elif self.chance(0.15):
            self.put("%s = %s = %s;" % (self.pick(["g0", "g2"]), self.pick(targets), self.expr(depth)))
        else:
            self.put("%s %s %s;" % (self.pick(targets), self.pick(ASSIGN), self.expr(depth)))

    def log(self, depth):
        self.put('say("%%u %%u", %s, %s);' % (self.expr(depth), self.expr(depth)))

    def expression(self, depth):
        self.put("%s;" % self.expr(depth))

    def early(self, depth):
        if not self.loops:
            if self.chance(0.2):
                self.put("if (%s == 3u) return %s;" % (self.expr(1), self.expr(depth)))
            return
        how = self.pick(["break", "continue", "return %s" % self.expr(1), "goto " + self.loops[-1]])
        if how.startswith("goto") and self.loops[-1] == "switch":
            how = "break"
        if how == "continue" and not any(label != "switch" for label in self.loops):
            how = "break"
        self.put("if (%s) %s;" % (self.expr(depth), how))

    def if_(self, depth):
        self.put("if (%s)" % self.expr(2))
        self.block(depth)
        if self.chance(0.5):
            self.put("else")
            self.block(depth)

    def loop_body(self, depth):
        label = self.fresh("out")
        self.loops.append(label)
        self.block(depth)
        self.loops.pop()
        return label

    def while_(self, depth):
        self.put("while (more() && %s)" % self.expr(2))
        self.put("%s:;" % self.loop_body(depth))

    def do(self, depth):
        self.put("do")
        label = self.loop_body(depth)
        self.put("while (more() && %s);" % self.expr(2))
        self.put("%s:;" % label)

    def for_(self, depth):
        self.scope = Scope(self.scope)
        name = self.fresh("i")
        first = self.expr(1)
        self.scope.scalars.append(name)
        self.put("for (unsigned %s = %s; more() && %s; %s += %s)" % (
            name, first, self.pick([name + " < %s" % self.expr(1), self.expr(2)]), name, self.expr(1)))
        label = self.loop_body(depth)
        self.scope = self.scope.parent
        self.put("%s:;" % label)

    def switch(self, depth):
        self.put("switch (%s %% 5) {" % self.expr(2))
        self.loops.append("switch")
        for case in self.random.sample(["case 0", "case 1", "case 2", "default", "case 4"], 3):
            self.put("%s:" % case)
            self.block(depth)
            if self.chance(0.6):
                self.put("break;")
        self.loops.pop()
        self.put("}")

    def braces(self, depth):
        self.block(depth)

    def retry(self, depth):
        label, count = self.fresh("again"), self.fresh("n")
        self.put("int %s = 0;" % count)
        self.put("%s:;" % label)
        loops, self.loops = self.loops, []
        self.block(depth)
        self.loops = loops
        self.put("if (%s++ < 1 && %s) goto %s;" % (count, self.expr(1), label))

    # Functions.

    def function(self, name):
        count = self.random.randrange(1, 4)
        params = [self.fresh("v") for _ in range(count)]
        self.scope = Scope()
        self.scope.scalars = list(params)
        self.lines = []
        for _ in range(self.random.randrange(3, 7)):
            self.statement(2)
        self.put("return %s;" % self.expr(2))
        head = "static async unsigned %s(%s)" % (name, ", ".join("unsigned " + p for p in params))
        text = "%s\n{\n%s\n}\n" % (head, "\n".join("\t" + line for line in self.lines))
        self.functions.append((name, count))
        return text

    def text(self):
        parts = [HEAD % self.seed]
        for i in range(self.random.randrange(2, 5)):
            parts.append(self.function("f%d" % i))
        calls = "\n".join('\tsay("= %%u", await %s(%s));' % (name, ", ".join(str(i + 1) + "u" for i in range(count)))
                          for name, count in self.functions)
        parts.append("async int main(void)\n{\n%s\n\tsay(\"%%u %%u %%u\", g0, g1, g2);\n\treturn 0;\n}" % calls)
        return "\n".join(parts)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(Program(int(sys.argv[1])).text())
