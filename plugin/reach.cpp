// Whether a file can have async code in it at all. The words async and await (and
// their other spellings) have to be in the main file or in a file that it includes.
// So all files that can be reached by #include are searched for them as bytes,
// conditionals and comments ignored: more than the compiler will read, never less.
// A file name that a macro gives, or a kind of search this does not know, counts as
// a yes. Only then are the directives of the files read, which costs more.

#include "plugin.h"
#include "wrapper_text.h"

#include "clang/Basic/FileManager.h"
#include "clang/Lex/HeaderSearch.h"
#include "clang/Lex/HeaderSearchOptions.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace asyncc
{
namespace
{

bool isWordByte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

bool isBlank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

bool hasKeyword(StringRef text)
{
	return text_has_keyword(text.data(), text.size());
}

// Past blanks, line splices and comments.
size_t skipBlanks(StringRef text, size_t at)
{
	while (at < text.size()) {
		if (isBlank(text[at]) || text[at] == '\\') {
			at++;
		} else if (text.substr(at, 3) == "?\?/") {
			at += 3;
		} else if (text.slice(at, at + 2) == "/*") {
			size_t end = text.find("*/", at + 2);
			at = end == StringRef::npos ? text.size() : end + 2;
		} else {
			break;
		}
	}
	return at;
}

class Search
{
	CompilerInstance &ci;
	std::vector<std::string> anywhere, angled; // folders in the order of the search
	llvm::DenseSet<const FileEntry *> seen;
	std::vector<FileEntryRef> pending;
	bool unsure = false;

	// Forms the name as clang will, so that the file manager has it ready for it.
	bool add(StringRef folder, StringRef name)
	{
		SmallString<256> path(folder);
		llvm::sys::path::append(path, name);
		auto file = ci.getFileManager().getFileRef(path);
		if (!file) {
			llvm::consumeError(file.takeError());
			return false;
		}
		if (seen.insert(&file->getFileEntry()).second)
			pending.push_back(*file);
		return true;
	}

	void addFirst(StringRef name, const std::vector<std::string> &folders)
	{
		for (const std::string &folder : folders)
			if (add(folder, name))
				return;
	}

	void include(StringRef name, bool quoted, bool next, StringRef includer)
	{
		if (llvm::sys::path::is_absolute(name)) {
			add("", name);
			return;
		}
		if (next) {
			for (const std::string &folder : anywhere)
				add(folder, name);
			return;
		}
		StringRef folder = llvm::sys::path::parent_path(includer);
		if (quoted && add(folder.empty() ? "." : folder, name))
			return;
		addFirst(name, quoted ? anywhere : angled);
	}

	// The operand of an #include at text[at].
	void readOperand(StringRef text, size_t at, bool next, StringRef includer)
	{
		at = skipBlanks(text, at);
		if (at >= text.size())
			return;
		char close = text[at] == '"' ? '"' : text[at] == '<' ? '>' : '\0';
		size_t end = text.find_first_of(
			close ? StringRef(close == '"' ? "\"\n" : ">\n") : StringRef("\n"), at + 1);
		if (close && end != StringRef::npos && text[end] == close)
			include(text.slice(at + 1, end), close == '"', next, includer);
		else if (!close && isWordByte(text[at]))
			unsure = true;
	}

	// What follows a # that may be a directive's.
	void readDirective(StringRef text, size_t at, StringRef includer)
	{
		size_t first = skipBlanks(text, at), end = first;
		while (end < text.size() && isWordByte(text[end]))
			end++;
		StringRef word = text.slice(first, end);
		if (word == "include" || word == "import" || word == "include_next")
			readOperand(text, end, word == "include_next", includer);
		else if (end < text.size() && (text[end] == '\\' || text[end] == '?'))
			unsure = true; // a line splice in the word
	}

	void readIncludes(StringRef text, StringRef includer)
	{
		for (StringRef hash : {"#", "%:", "?\?="})
			for (size_t at = 0; (at = text.find(hash[0], at)) != StringRef::npos; at++)
				if (text.substr(at, hash.size()) == hash)
					readDirective(text, at + hash.size(), includer);
	}

	bool setUpFolders()
	{
		const HeaderSearch &search = ci.getPreprocessor().getHeaderSearchInfo();
		std::vector<std::string> all;
		size_t quoted = 0;
		for (auto at = search.search_dir_begin(); at != search.search_dir_end(); ++at) {
			if (!at->isNormalDir())
				return false;
			if (at == search.angled_dir_begin())
				quoted = all.size();
			all.push_back(at->getName().str());
		}
		if (search.angled_dir_begin() == search.search_dir_end())
			quoted = all.size();
		anywhere = all;
		angled.assign(all.begin() + static_cast<std::ptrdiff_t>(quoted), all.end());
		return true;
	}

	void addOption(StringRef name)
	{
		if (!add("", name))
			addFirst(name, anywhere);
	}

	bool addRoots()
	{
		SourceManager &sources = ci.getSourceManager();
		auto main = sources.getFileEntryRefForID(sources.getMainFileID());
		if (!main)
			return false;
		seen.insert(&main->getFileEntry());
		PreprocessorOptions &options = ci.getPreprocessorOpts();
		for (const std::string &name : options.MacroIncludes)
			addOption(name);
		for (const std::string &name : options.Includes)
			addOption(name);
		if (!options.ImplicitPCHInclude.empty()) {
			std::string header = precompiledSource(ci);
			if (header.empty() || !add("", header))
				return false;
		}
		return true;
	}

	bool found(StringRef text, StringRef name)
	{
		if (hasKeyword(text))
			return true;
		readIncludes(text, name);
		return unsure;
	}

      public:
	explicit Search(CompilerInstance &compiler) : ci(compiler)
	{
	}

	// Whether a word is within reach of the text, which has none itself.
	bool run(StringRef text)
	{
		SourceManager &sources = ci.getSourceManager();
		if (ci.getLangOpts().MSVCCompat || !setUpFolders() || !addRoots())
			return true;
		auto main = sources.getFileEntryRefForID(sources.getMainFileID());
		if (found(text, main->getName()))
			return true;
		while (!pending.empty()) {
			FileEntryRef file = pending.back();
			pending.pop_back();
			auto buffer = ci.getFileManager().getBufferForFile(file);
			if (buffer && found((*buffer)->getBuffer(), file.getName()))
				return true;
		}
		return false;
	}
};

bool anyMacroHasKeyword(CompilerInstance &ci)
{
	for (const auto &macro : ci.getPreprocessorOpts().Macros)
		if (hasKeyword(macro.first))
			return true;
	return false;
}

} // namespace

bool mayHaveAsync(CompilerInstance &ci, const FrontendInputFile &input)
{
	SourceManager &sources = ci.getSourceManager();
	StringRef text = sources.getBufferData(sources.getMainFileID());
	if (hasKeyword(text) || anyMacroHasKeyword(ci))
		return true;
	return !input.isPreprocessed() && Search(ci).run(text) && readsKeyword(ci, input);
}

} // namespace asyncc
