# cpack makes badwire_VERSION_ARCHITECTURE.deb of what cmake --install installs: the command, the scenarios,
# and the libraries with their headers. ci/deb does all of it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The badwire authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
string(CONCAT CPACK_PACKAGE_DESCRIPTION
    "Runs socket programs in any language over links that lose, delay and reorder what they send, judges\n"
    "what they did, and explains the fate of every packet.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "tshark, python3")
include(CPack)
