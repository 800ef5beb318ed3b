// Which files the compiler will read, and whether a word of the language is in one of
// them. The files are found by clang's own preprocessor, which is given only the
// directives of each where clang can scan for them.

#include "plugin.h"
#include "wrapper_text.h"

#include "clang/Basic/FileManager.h"
#include "clang/Frontend/FrontendActions.h"
#if CLANG_VERSION_MAJOR >= 16
#include "clang/Lex/DependencyDirectivesScanner.h"
#endif
#include "clang/Lex/PreprocessorOptions.h"

#include <map>

using namespace clang;

namespace asyncc
{
namespace
{

#if CLANG_VERSION_MAJOR >= 16
// The directives of files, scanned when a file is entered.
class Directives
{
	struct Scanned {
		SmallVector<dependency_directives_scan::Token, 0> tokens;
		SmallVector<dependency_directives_scan::Directive, 0> list;
		bool valid = false;
	};

	FileManager &files;
	std::map<const FileEntry *, Scanned> known;

      public:
	explicit Directives(FileManager &manager) : files(manager)
	{
	}

	// None for a file that cannot be scanned: all of it is read then.
	std::optional<ArrayRef<dependency_directives_scan::Directive>> of(FileEntryRef file)
	{
		auto [at, isNew] = known.try_emplace(&file.getFileEntry());
		Scanned &scanned = at->second;
		if (isNew) {
			auto buffer = files.getBufferForFile(file);
			scanned.valid = buffer && !scanSourceForDependencyDirectives(
							  (*buffer)->getBuffer(), scanned.tokens,
							  scanned.list);
		}
		if (!scanned.valid)
			return std::nullopt;
		return scanned.list;
	}
};

void useDirectives(CompilerInstance &ci)
{
	auto directives = std::make_shared<Directives>(ci.getFileManager());
	ci.getPreprocessorOpts().DependencyDirectivesForFile = [directives](FileEntryRef file) {
		return directives->of(file);
	};
}
#else
void useDirectives(CompilerInstance &)
{
}
#endif

// A file that cannot be read now counts as one that has a word.
bool fileHasKeyword(CompilerInstance &ci, const Dependency &dependency)
{
	auto buffer = ci.getFileManager().getBufferForFile(dependency.name);
	return !buffer || text_has_keyword((*buffer)->getBufferStart(), (*buffer)->getBufferSize());
}

} // namespace

bool readsKeyword(CompilerInstance &ci, const FrontendInputFile &input)
{
	// The files that a precompiled header was made of are not known without its source.
	if (!ci.getPreprocessorOpts().ImplicitPCHInclude.empty() && precompiledSource(ci).empty())
		return true;
	std::unique_ptr<CompilerInstance> clone = cloneInstance(ci);
	if (!clone)
		return true;
	std::vector<Dependency> list;
	recordDependencies(*clone, list);
	useDirectives(*clone);
	PreprocessOnlyAction action;
	if (!action.BeginSourceFile(*clone, input))
		return true;
	llvm::consumeError(action.Execute());
	action.EndSourceFile();
	for (const Dependency &dependency : list)
		if (fileHasKeyword(ci, dependency))
			return true;
	return false;
}

} // namespace asyncc
