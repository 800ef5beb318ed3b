// The syntax pass: clang's own parser over the user's own tokens, without the words
// of the language. The whole file is lexed first, macros expanded; the transform
// has told which words are keywords, these are taken out, and the parser reads what
// is left. Every token keeps its place in the original, so every message has clang's
// caret and macro backtrace. The transform's own messages name tokens by number and
// are reported at the same places.

#include "plugin.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/FileManager.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/Lexer.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Parse/Parser.h"
#include "clang/Sema/Sema.h"
#include "llvm/Support/Path.h"

#include <set>

using namespace clang;

namespace asyncc
{
namespace
{

bool isWord(StringRef name)
{
	return name == "async" || name == "await" || name == "_Async" || name == "_Await";
}

bool isAttributeWord(StringRef name)
{
	return name == "__async__" || name == "__await__";
}

StringRef identifier(const Token &token)
{
	if (token.isAnnotation() || token.isLiteral())
		return "";
	const IdentifierInfo *info = token.getIdentifierInfo();
	return info ? info->getName() : "";
}

// All tokens of a file as the parser gets them, and which of them are ordinary ones:
// in the preprocessed text pragmas are lines of their own and count for nothing.
class Tokens
{
	std::vector<Token> all;
	std::vector<size_t> ordinary;
	std::vector<bool> erased;
	std::vector<SourceLocation> places; // of the ordinary ones, before anything is erased

	void eraseEmptyAttribute(size_t at)
	{
		size_t end = at + 3;
		bool any = false;
		while (end < all.size() && (erased[end] || all[end].is(tok::comma)))
			any |= erased[end++];
		if (!any || end + 1 >= all.size() || all[end].isNot(tok::r_paren) ||
		    all[end + 1].isNot(tok::r_paren))
			return;
		for (size_t i = at; i <= end + 1; i++)
			erased[i] = true;
		if (all[at].isAtStartOfLine() && end + 2 < all.size()) {
			all[end + 2].setLocation(all[at].getLocation());
			all[end + 2].setFlag(Token::StartOfLine);
		}
	}

	// clang warns of misleading indentation by the column of a statement's first token.
	void keepIndentation(size_t at, Preprocessor &preprocessor)
	{
		if (identifier(all[at]).contains("wait") && all[at].isAtStartOfLine()) {
			all[at].setIdentifierInfo(preprocessor.getIdentifierInfo("__extension__"));
			all[at].setKind(tok::kw___extension__);
			erased[at] = false;
		}
	}

	bool isAttribute(size_t at) const
	{
		return at + 3 < all.size() && all[at].is(tok::kw___attribute) &&
		       all[at + 1].is(tok::l_paren) && all[at + 2].is(tok::l_paren);
	}

	void add(const Token &token)
	{
		ordinary.push_back(all.size());
		places.push_back(token.getLocation());
	}

	size_t count(bool (*wanted)(StringRef)) const
	{
		size_t n = 0;
		for (size_t i : ordinary)
			n += wanted(identifier(all[i]));
		return n;
	}

      public:
	void lex(Preprocessor &preprocessor)
	{
		bool inPragma = false;
		Token token;
		do {
			preprocessor.Lex(token);
			if (token.is(tok::annot_pragma_openmp))
				inPragma = true;
			else if (token.is(tok::annot_pragma_openmp_end))
				inPragma = false;
			else if (!inPragma && !token.isAnnotation() && token.isNot(tok::eof))
				add(token);
			all.push_back(token);
		} while (token.isNot(tok::eof));
		erased.assign(all.size(), false);
	}

	// False when the words found here are not those that the transform found.
	bool eraseWords(const asyncc_result &result, Preprocessor &preprocessor)
	{
		size_t words = count(isWord);
		bool attributesCount = words != result.word_count;
		if (attributesCount && words + count(isAttributeWord) != result.word_count)
			return false;
		size_t next = 0;
		for (size_t i : ordinary) {
			StringRef name = identifier(all[i]);
			if (isWord(name) || (attributesCount && isAttributeWord(name)))
				erased[i] = result.words[next++] != 0;
			else if (isAttributeWord(name))
				erased[i] = true;
			if (erased[i])
				keepIndentation(i, preprocessor);
		}
		for (size_t i = 0; i < all.size(); i++)
			if (isAttribute(i))
				eraseEmptyAttribute(i);
		return true;
	}

	void enter(Preprocessor &preprocessor) const
	{
		std::vector<Token> left;
		for (size_t i = 0; i < all.size(); i++)
			if (!erased[i])
				left.push_back(all[i]);
		left.push_back(all.back()); // for a look past the end
		auto copy = std::make_unique<Token[]>(left.size());
		std::copy(left.begin(), left.end(), copy.get());
		preprocessor.EnterTokenStream(std::move(copy), static_cast<unsigned>(left.size()),
					      /*DisableMacroExpansion=*/true, /*IsReinject=*/true);
	}

	bool empty() const
	{
		return ordinary.empty();
	}

	// Whether the text has these very tokens; to be asked before any is erased.
	bool match(StringRef text, Preprocessor &preprocessor) const
	{
		Lexer lexer(SourceLocation(), preprocessor.getLangOpts(), text.begin(),
			    text.begin(), text.end());
		Token token;
		size_t next = 0;
		bool directive = false;
		while (!lexer.LexFromRawLexer(token) || token.isNot(tok::eof)) {
			if (token.is(tok::eof))
				break;
			if (token.isAtStartOfLine())
				directive = token.is(tok::hash);
			if (directive)
				continue;
			StringRef spelling(lexer.getBufferLocation() - token.getLength(),
					   token.getLength());
			if (next >= ordinary.size() ||
			    preprocessor.getSpelling(all[ordinary[next]]) != spelling)
				return false;
			next++;
		}
		return next == ordinary.size();
	}

	SourceLocation location(size_t token) const
	{
		return token < places.size() ? places[token] : SourceLocation();
	}
};

class Reporter
{
	CompilerInstance &ci;
	const Tokens &tokens;
	bool exact;
	std::set<std::pair<unsigned, std::string>> said; // place and message

	// Whether what is here was made by a macro of the C library's headers or of ours.
	bool isForeignMacro(SourceLocation at) const
	{
		const SourceManager &sources = ci.getSourceManager();
		// What stands in the place of a parameter was put there by the body around it.
		if (sources.isMacroArgExpansion(at))
			at = sources.getImmediateExpansionRange(at).getBegin();
		SourceLocation definition = sources.getSpellingLoc(at);
		StringRef file = sources.getFilename(definition);
		return sources.isInSystemHeader(definition) ||
		       llvm::sys::path::filename(file) == "asyncc.h" ||
		       llvm::sys::path::filename(llvm::sys::path::parent_path(file)) == "asyncc";
	}

	// The place that the user wrote: how async_spawn is made helps nobody.
	SourceLocation visible(SourceLocation at, bool end = false) const
	{
		const SourceManager &sources = ci.getSourceManager();
		while (at.isMacroID() && isForeignMacro(at)) {
			if (sources.isMacroArgExpansion(at)) {
				at = sources.getImmediateSpellingLoc(at);
				continue;
			}
			CharSourceRange range = sources.getImmediateExpansionRange(at);
			at = end ? range.getEnd() : range.getBegin();
		}
		return at;
	}

	SourceLocation location(const asyncc_diagnostic &diagnostic) const
	{
		if (exact && tokens.location(diagnostic.token).isValid())
			return visible(tokens.location(diagnostic.token));
		if (!diagnostic.file || !diagnostic.line)
			return SourceLocation();
		auto file = ci.getFileManager().getFile(diagnostic.file);
		if (!file)
			return SourceLocation();
		return ci.getSourceManager().translateFileLineCol(
			*file, diagnostic.line, diagnostic.column ? diagnostic.column : 1);
	}

	static DiagnosticsEngine::Level level(const asyncc_diagnostic &diagnostic)
	{
		switch (diagnostic.severity) {
		case ASYNCC_NOTE:
			return DiagnosticsEngine::Note;
		case ASYNCC_WARNING:
			return DiagnosticsEngine::Warning;
		default:
			return DiagnosticsEngine::Error;
		}
	}

	std::string text(const asyncc_diagnostic &diagnostic) const
	{
		std::string text = diagnostic.message;
		if (!diagnostic.option || !ci.getDiagnosticOpts().ShowOptionNames)
			return text;
		return text + (diagnostic.promoted ? " [-Werror,-W" : " [-W") + diagnostic.option +
		       "]";
	}

	// Text cannot be inserted into what a macro makes, but before its use.
	SourceLocation editable(SourceLocation at) const
	{
		if (at.isMacroID() && !Lexer::isAtStartOfMacroExpansion(at, ci.getSourceManager(),
									ci.getLangOpts(), &at))
			return SourceLocation();
		return at;
	}

	void report(const asyncc_diagnostic &diagnostic) const
	{
		SourceLocation at = location(diagnostic);
		DiagnosticsEngine &diagnostics = ci.getDiagnostics();
		unsigned id = diagnostics.getCustomDiagID(level(diagnostic), "%0");
		DiagnosticBuilder builder = diagnostics.Report(at, id);
		builder << text(diagnostic);
		SourceLocation first = visible(tokens.location(diagnostic.first));
		SourceLocation last = visible(tokens.location(diagnostic.last), /*end=*/true);
		if (exact && diagnostic.first <= diagnostic.last && first.isValid() &&
		    last.isValid())
			builder << CharSourceRange::getTokenRange(first, last);
		if (diagnostic.insert && editable(at).isValid())
			builder << FixItHint::CreateInsertion(editable(at), diagnostic.insert);
	}

      public:
	Reporter(CompilerInstance &compiler, const Tokens &all, bool match)
	    : ci(compiler), tokens(all), exact(match)
	{
	}

	// A macro that uses its argument twice is no reason to say it twice.
	bool isRepeated(const asyncc_diagnostic &diagnostic)
	{
		SourceLocation at = ci.getSourceManager().getFileLoc(location(diagnostic));
		return !said.insert({at.getRawEncoding(), diagnostic.message}).second;
	}

	// What libclang said, clang has said in its own words.
	void reportAll(const asyncc_result &result)
	{
		bool broken = ci.getDiagnostics().hasErrorOccurred(), skipping = false;
		for (size_t i = 0; i < result.diagnostic_count; i++) {
			const asyncc_diagnostic &diagnostic = result.diagnostics[i];
			if (diagnostic.severity != ASYNCC_NOTE)
				skipping =
					(broken && diagnostic.from_clang) || isRepeated(diagnostic);
			if (!skipping)
				report(diagnostic);
		}
	}
};

class SyntaxAction : public ASTFrontendAction
{
	const Preprocessed &source;
	const asyncc_result &result;
	TranslationUnitKind kind;

	// As ParseAST does it.
	void parse(Parser &parser, Sema &sema)
	{
		parser.Initialize();
		Parser::DeclGroupPtrTy group;
#if CLANG_VERSION_MAJOR >= 16
		Sema::ModuleImportState imports;
		for (bool end = parser.ParseFirstTopLevelDecl(group, imports); !end;
		     end = parser.ParseTopLevelDecl(group, imports))
			;
#else
		for (bool end = parser.ParseFirstTopLevelDecl(group); !end;
		     end = parser.ParseTopLevelDecl(group))
			;
#endif
		sema.getASTConsumer().HandleTranslationUnit(sema.getASTContext());
	}

	void fail(StringRef message)
	{
		DiagnosticsEngine &diagnostics = getCompilerInstance().getDiagnostics();
		diagnostics.Report(
			diagnostics.getCustomDiagID(DiagnosticsEngine::Error, "asyncc: %0"))
			<< message;
	}

	void reportTransform(const Tokens &tokens, bool exact)
	{
		// After a missing header, for one, everything else is guesswork.
		if (getCompilerInstance().getDiagnostics().hasFatalErrorOccurred())
			return;
		Reporter(getCompilerInstance(), tokens, exact).reportAll(result);
		if (result.failed && !getCompilerInstance().getDiagnostics().hasErrorOccurred())
			fail("internal error: the file could not be transformed");
	}

      public:
	SyntaxAction(const Preprocessed &original, const asyncc_result &transformed,
		     TranslationUnitKind unit)
	    : source(original), result(transformed), kind(unit)
	{
	}

	std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &, StringRef) override
	{
		return std::make_unique<ASTConsumer>();
	}

	TranslationUnitKind getTranslationUnitKind() override
	{
		return kind;
	}

	void ExecuteAction() override
	{
		CompilerInstance &ci = getCompilerInstance();
		ci.createSema(getTranslationUnitKind(), nullptr);
		Sema &sema = ci.getSema();
		Preprocessor &preprocessor = ci.getPreprocessor();
		addDiagnosticPragmas(preprocessor);
		// The parser registers the pragma handlers, so it comes before lexing.
		Parser parser(preprocessor, sema, ci.getFrontendOpts().SkipFunctionBodies);
		preprocessor.EnterMainSourceFile();
		Tokens tokens;
		// Comments may be warned of while they are lexed, and a warning asks where it is.
		sema.CurContext = ci.getASTContext().getTranslationUnitDecl();
		tokens.lex(preprocessor);
		sema.CurContext = nullptr;
		bool exact = result.diagnostic_count && tokens.match(source.text, preprocessor);
		if (!tokens.eraseWords(result, preprocessor)) {
			fail("internal error: the words async and await could not be matched");
			return;
		}
		tokens.enter(preprocessor);
		parse(parser, sema);
		reportTransform(tokens, exact);
	}
};

} // namespace

void sayDiagnostics(CompilerInstance &ci, const FrontendInputFile &input,
		    const Preprocessed &source, const asyncc_result &result)
{
	std::unique_ptr<CompilerInstance> clone = cloneInstance(ci);
	if (!clone)
		return;
	DiagnosticConsumer &client = ci.getDiagnosticClient();
	clone->getDiagnostics().setClient(&client, /*ShouldOwnClient=*/false);
	client.EndSourceFile();
	SyntaxAction action(source, result, ci.getASTContext().TUKind);
	if (action.BeginSourceFile(*clone, input)) {
		llvm::consumeError(action.Execute());
		action.EndSourceFile();
	}
	client.BeginSourceFile(ci.getLangOpts(), &ci.getPreprocessor());
}

} // namespace asyncc
