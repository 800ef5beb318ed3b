"""Finds the tools that the tests need: those of the build tree and those of the machine.

Used by lit.cfg.py and by the drivers of single suites (exec/run.py), so that a test
can also be run by hand with nothing but the path of a build tree.
"""
import glob
import os
import shutil

LLVM_VERSIONS = (19, 14)


def find_first(*patterns):
    """The first file that one of the patterns matches, or None."""
    for pattern in patterns:
        found = sorted(glob.glob(pattern))
        if found:
            return found[0]
    return None


def llvm_tool(name):
    """A tool of LLVM's utilities, which Debian keeps out of PATH."""
    for version in LLVM_VERSIONS:
        path = "/usr/lib/llvm-%d/bin/%s" % (version, name)
        if os.path.exists(path):
            return path
    return shutil.which(name)


class Tools:
    def __init__(self, source, build):
        self.source = source
        self.build = build
        self.include = os.path.join(source, "include")
        self.asyncc = os.path.join(build, "bin", "asyncc")
        self.runtime = find_first(os.path.join(build, "lib", "libasyncc.a"),
                                  os.path.join(build, "runtime", "libasyncc.a"),
                                  os.path.join(build, "*", "libasyncc.a"))
        self.clang = {v: shutil.which("clang-%d" % v) for v in LLVM_VERSIONS}
        self.plugin = {v: self.find_plugin(v) for v in LLVM_VERSIONS}
        self.gcc = shutil.which("gcc")

    def find_plugin(self, version):
        names = ("*asyncc*%d*.so" % version, "*%d*/*asyncc*.so" % version)
        return find_first(*(os.path.join(self.build, folder, name)
                            for folder in ("lib", "lib/asyncc", "plugin", "*", "*/*")
                            for name in names))

    def clang_with_plugin(self, version):
        """The command for clang with our plugin, as a list, or None."""
        if not (self.clang[version] and self.plugin[version]):
            return None
        return [self.clang[version], "-fplugin=" + self.plugin[version], "-I" + self.include]

    def runtime_link(self):
        return [self.runtime or "libasyncc.a", "-pthread"]
