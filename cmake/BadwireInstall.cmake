# Installs the command, the libraries with their headers, the schemas, and what find_package(badwire)
# reads. An installed header is included as in this project: #include "impl/net/network.hpp".
include(CMakePackageConfigHelpers)

set(include_dir ${CMAKE_INSTALL_INCLUDEDIR}/badwire)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/badwire)

get_property(names GLOBAL PROPERTY BADWIRE_LIBRARIES)
foreach(name IN LISTS names)
  set(library badwire_${name})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${library} INTERFACE $<INSTALL_INTERFACE:${include_dir}>)
  target_compile_features(${library} PUBLIC cxx_std_20)
  install(TARGETS ${library} EXPORT badwire-targets DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
install(TARGETS badwire DESTINATION ${CMAKE_INSTALL_BINDIR})

install(DIRECTORY impl sim harness reports DESTINATION ${include_dir}
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*_for_tests.hpp" EXCLUDE PATTERN "*_bench*" EXCLUDE
        PATTERN "page" EXCLUDE
        PATTERN "samples" EXCLUDE PATTERN "__pycache__" EXCLUDE)
install(FILES reports/results.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/badwire)
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/badwire
        USE_SOURCE_PERMISSIONS
        PATTERN "CMakeLists.txt" EXCLUDE PATTERN "__pycache__" EXCLUDE)
set(described ${PROJECT_BINARY_DIR}/described)
install(DIRECTORY ${described}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${described}/bash/badwire DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${described}/zsh/_badwire DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${described}/fish/badwire.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT badwire-targets NAMESPACE badwire:: DESTINATION ${package_dir})
configure_package_config_file(cmake/badwire-config.cmake.in
                              ${PROJECT_BINARY_DIR}/cmake/badwire-config.cmake
                              INSTALL_DESTINATION ${package_dir}
                              PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/badwire-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES cmake/BadwireScenarios.cmake
              ${PROJECT_BINARY_DIR}/cmake/badwire-config.cmake
              ${PROJECT_BINARY_DIR}/cmake/badwire-config-version.cmake
        DESTINATION ${package_dir})
