# asyncc_async_objects(VARIABLE SOURCE...): objects of sources in async C, compiled by the asyncc of
# this build before the project's own compiler, their paths in VARIABLE. The flags in
# asyncc_async_flags come after the project's.
string(TOUPPER "${CMAKE_BUILD_TYPE}" asyncc_build_type)
separate_arguments(asyncc_common_flags UNIX_COMMAND "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${asyncc_build_type}}")
list(APPEND asyncc_common_flags -std=gnu11 -fPIC -fvisibility=hidden -Wall -Wextra -Wshadow -Wconversion
	$<$<BOOL:${ASYNCC_WERROR}>:-Werror> -I${CMAKE_SOURCE_DIR}/include)

function(asyncc_async_objects variable)
	set(objects)
	foreach(source ${ARGN})
		set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
		add_custom_command(OUTPUT ${object}
			COMMAND asyncc --asyncc-cc=${CMAKE_C_COMPILER} ${asyncc_common_flags} ${asyncc_async_flags}
				-MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
			WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
			DEPENDS ${source} asyncc asyncc_plugins
			DEPFILE ${object}.d
			COMMENT "Building async C object ${source}.o"
			COMMAND_EXPAND_LISTS VERBATIM)
		list(APPEND objects ${object})
	endforeach()
	set(${variable} ${objects} PARENT_SCOPE)
endfunction()
