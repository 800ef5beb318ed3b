// The file that -fplugin= names. It needs next to nothing of clang, so that any version
// can load it: the wrong one is told so, instead of crashing or, worse, ignoring the
// async functions. The plugin proper is then loaded from the same folder.

#include "clang/Basic/Version.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <string>
#include <unistd.h>

namespace
{

[[noreturn]] void fail(const std::string &message)
{
	fprintf(stderr, "error: asyncc: %s\n", message.c_str());
	_exit(1);
}

struct Loader {
	Loader();
} loader;

Loader::Loader()
{
	std::string version = clang::getClangFullVersion();
	size_t number = version.find("version ");
	if (number == std::string::npos ||
	    atoi(version.c_str() + number + 8) != CLANG_VERSION_MAJOR)
		fail("this plugin is for clang " + std::to_string(CLANG_VERSION_MAJOR) +
		     ", not for " + version);
	Dl_info self;
	dladdr(&loader, &self);
	std::string path = self.dli_fname;
	path = path.substr(0, path.rfind('/') + 1) + "plugin-" ASYNCC_LLVM ".so";
	if (!dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL))
		fail(dlerror());
}

} // namespace
