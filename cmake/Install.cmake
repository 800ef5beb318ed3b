# The prefix: the command and its modules (installed where they are built), headers,
# runtime, manual page, and what CMake and pkg-config need. Nothing in it names the
# prefix, so it can be moved.

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/asyncc)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/ TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(FILES ${CMAKE_SOURCE_DIR}/docs/asyncc.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(TARGET asyncc_runtime_static)
	foreach(kind static shared)
		target_include_directories(asyncc_runtime_${kind} INTERFACE
			$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	endforeach()
	set_target_properties(asyncc_runtime_static PROPERTIES EXPORT_NAME runtime)
	set_target_properties(asyncc_runtime_shared PROPERTIES EXPORT_NAME runtime_shared)
	install(TARGETS asyncc_runtime_static asyncc_runtime_shared EXPORT asyncc)
	foreach(library cares tls)
		if(TARGET asyncc_${library})
			install(TARGETS asyncc_${library} EXPORT asyncc)
		endif()
	endforeach()
	install(EXPORT asyncc NAMESPACE asyncc:: FILE asyncc-targets.cmake DESTINATION ${package_dir})
endif()

configure_package_config_file(cmake/asyncc-config.cmake.in asyncc-config.cmake
	INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(asyncc-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
	${CMAKE_CURRENT_BINARY_DIR}/asyncc-config.cmake
	${CMAKE_CURRENT_BINARY_DIR}/asyncc-config-version.cmake
	DESTINATION ${package_dir})

file(RELATIVE_PATH ASYNCC_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" ASYNCC_PC_PREFIX "${ASYNCC_PC_PREFIX}")
configure_file(cmake/asyncc.pc.in asyncc.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/asyncc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
