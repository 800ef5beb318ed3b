# Looks for each of ASYNCC_LLVM_VERSIONS. Sets ASYNCC_LLVM_FOUND to those that can be
# built for, the default first, and defines for each version N the interface targets
# asyncc_llvm_N (headers of LLVM and clang) and asyncc_libclang_N.
#
# find_package(LLVM) can load only one version into a project; llvm-config has no such limit.

function(asyncc_llvm_config version variable)
	execute_process(COMMAND ${ASYNCC_LLVM_CONFIG_${version}} ${ARGN}
		OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
	set(${variable} ${output} PARENT_SCOPE)
endfunction()

function(asyncc_add_llvm version)
	asyncc_llvm_config(${version} include_dir --includedir)
	asyncc_llvm_config(${version} lib_dir --libdir)
	asyncc_llvm_config(${version} bin_dir --bindir)
	asyncc_llvm_config(${version} rtti --has-rtti)
	find_library(ASYNCC_LIBCLANG_${version} clang PATHS ${lib_dir} NO_DEFAULT_PATH)
	find_file(ASYNCC_CLANG_HEADER_${version} clang/Frontend/FrontendAction.h
		PATHS ${include_dir} NO_DEFAULT_PATH)
	mark_as_advanced(ASYNCC_LIBCLANG_${version} ASYNCC_CLANG_HEADER_${version})
	if(NOT ASYNCC_LIBCLANG_${version} OR NOT ASYNCC_CLANG_HEADER_${version})
		message(STATUS "LLVM ${version}: no libclang headers or library (package libclang-${version}-dev)")
		return()
	endif()

	add_library(asyncc_llvm_${version} INTERFACE)
	target_include_directories(asyncc_llvm_${version} SYSTEM INTERFACE ${include_dir})
	target_compile_definitions(asyncc_llvm_${version} INTERFACE
		_GNU_SOURCE __STDC_CONSTANT_MACROS __STDC_FORMAT_MACROS __STDC_LIMIT_MACROS)
	if(NOT rtti)
		target_compile_options(asyncc_llvm_${version} INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
	endif()

	add_library(asyncc_libclang_${version} INTERFACE)
	target_include_directories(asyncc_libclang_${version} SYSTEM INTERFACE ${include_dir})
	target_link_libraries(asyncc_libclang_${version} INTERFACE ${ASYNCC_LIBCLANG_${version}})

	set(ASYNCC_LLVM_BINDIR_${version} ${bin_dir} PARENT_SCOPE)
	set(ASYNCC_LLVM_LIBDIR_${version} ${lib_dir} PARENT_SCOPE)
	set(ASYNCC_LLVM_FOUND ${ASYNCC_LLVM_FOUND} ${version} PARENT_SCOPE)
	message(STATUS "LLVM ${version}: ${ASYNCC_LIBCLANG_${version}}")
endfunction()

set(ASYNCC_LLVM_FOUND)
foreach(version ${ASYNCC_LLVM_VERSIONS})
	find_program(ASYNCC_LLVM_CONFIG_${version} llvm-config-${version}
		PATHS /usr/lib/llvm-${version}/bin /usr/local/opt/llvm@${version}/bin)
	mark_as_advanced(ASYNCC_LLVM_CONFIG_${version})
	if(ASYNCC_LLVM_CONFIG_${version})
		asyncc_add_llvm(${version})
	else()
		message(STATUS "LLVM ${version}: not found")
	endif()
endforeach()
if(NOT ASYNCC_LLVM_FOUND)
	message(FATAL_ERROR "No LLVM found of ${ASYNCC_LLVM_VERSIONS}; .ci/packages lists what the build needs")
endif()
list(GET ASYNCC_LLVM_FOUND 0 ASYNCC_LLVM_DEFAULT)
