// What the parts of the plugin share. The plugin decides nothing about the language:
// it finds out whether a file has async code, hands the preprocessed text to the
// transform, has clang check the original and puts the result in the place of the
// main file's text.
#ifndef ASYNCC_PLUGIN_H
#define ASYNCC_PLUGIN_H

#include "asyncc_transform.h"

#include "clang/Basic/Version.h"
#include "clang/Frontend/CompilerInstance.h"

#include <memory>
#include <string>
#include <vector>

namespace asyncc
{

struct Settings {
	bool emitC = false;
	std::string dump, report, frameBudget;
	// Warning options given to the plugin, such as "no-async-order".
	std::vector<std::string> warnings;
};

// False only when no file that the compiler will read has a word of the language in it.
// Costs little: at the most directives are read.
bool mayHaveAsync(clang::CompilerInstance &ci, const clang::FrontendInputFile &input);

// Whether a file that the main file includes has one, exactly.
bool readsKeyword(clang::CompilerInstance &ci, const clang::FrontendInputFile &input);

struct Dependency {
	std::string name;
	bool system;
};

// Notes all files that an action of ci reads into a list, which must outlive it.
void recordDependencies(clang::CompilerInstance &ci, std::vector<Dependency> &list);

// The main file preprocessed, words kept, with line markers.
struct Preprocessed {
	std::string text;
	std::vector<Dependency> dependencies;
};

bool preprocess(clang::CompilerInstance &ci, const clang::FrontendInputFile &input,
		Preprocessed &result);

// Parses the original with the words erased, so that clang says of it what it has to
// say, then says what the transform found. Counts and prints in the name of ci.
void sayDiagnostics(clang::CompilerInstance &ci, const clang::FrontendInputFile &input,
		    const Preprocessed &source, const asyncc_result &result);

// A compiler for another look at the same input: same options, no output, the
// preprocessed text of precompiled headers instead of these.
std::unique_ptr<clang::CompilerInstance> cloneInstance(clang::CompilerInstance &ci);

// Has the pragmas about diagnostics take asyncc's warnings for known.
void addDiagnosticPragmas(clang::Preprocessor &preprocessor);

// The header that a precompiled header was made of, or "".
std::string precompiledSource(clang::CompilerInstance &ci);

} // namespace asyncc

#endif
