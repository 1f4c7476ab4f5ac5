# Imported targets for the native packages that scripts/fetch-native unpacks:
#
#   aimpact::openvino       OpenVINO C++ runtime, CPU device, IR and ONNX front ends
#   aimpact::sherpa         sherpa-onnx C API: #include "sherpa-onnx/c-api/c-api.h"
#   aimpact::llama          llama.cpp and ggml, static: #include "llama.h"
#   aimpact::llama_grammar  JSON Schema -> GBNF: #include "json-schema-to-grammar.h"
#   aimpact::sqlite_vec     interface target; defines AIMPACT_SQLITE_VEC, the path of the
#                           loadable extension vec0.so, for whoever links it
#
# Shared libraries are found at run time by the absolute RPATH that CMake writes
# for imported libraries. AIMPACT_NATIVE_RUNTIME_FILES lists every file that a
# packaged installation has to carry beside the binary.
set(AIMPACT_NATIVE_DIR "${PROJECT_SOURCE_DIR}/var/native" CACHE PATH "Where scripts/fetch-native put the native packages")

foreach(package openvino sherpa-onnx llama sqlite-vec)
  if(NOT EXISTS "${AIMPACT_NATIVE_DIR}/${package}/.complete")
    message(FATAL_ERROR
      "The native package '${package}' is missing from ${AIMPACT_NATIVE_DIR}.\n"
      "Run scripts/fetch-native, then configure again.")
  endif()
  # Through the link, so that an updated package changes the paths and relinks.
  file(REAL_PATH "${AIMPACT_NATIVE_DIR}/${package}" AIMPACT_NATIVE_${package})
endforeach()

# OpenVINO. The wheel's own CMake files import every plugin; the product needs one library.
set(openvino_root "${AIMPACT_NATIVE_openvino}")
file(GLOB openvino_library "${openvino_root}/libs/libopenvino.so.*")
add_library(aimpact::openvino SHARED IMPORTED GLOBAL)
set_target_properties(aimpact::openvino PROPERTIES
  IMPORTED_LOCATION "${openvino_library}"
  INTERFACE_COMPILE_DEFINITIONS "OV_THREAD=OV_THREAD_TBB_ADAPTIVE"
  INTERFACE_INCLUDE_DIRECTORIES "${openvino_root}/include"
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${openvino_root}/include")

# sherpa-onnx. Only the C API: its C++ wrapper was compiled with the old libstdc++ ABI.
# ONNX Runtime is found beside it by the library's own RUNPATH.
set(sherpa_root "${AIMPACT_NATIVE_sherpa-onnx}")
add_library(aimpact::sherpa SHARED IMPORTED GLOBAL)
set_target_properties(aimpact::sherpa PROPERTIES
  IMPORTED_LOCATION "${sherpa_root}/lib/libsherpa-onnx-c-api.so"
  INTERFACE_INCLUDE_DIRECTORIES "${sherpa_root}/include"
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${sherpa_root}/include")

# llama.cpp. Order matters to a linker that reads archives once.
set(llama_root "${AIMPACT_NATIVE_llama}")
find_package(Threads REQUIRED)
add_library(aimpact::llama STATIC IMPORTED GLOBAL)
set_target_properties(aimpact::llama PROPERTIES
  IMPORTED_LOCATION "${llama_root}/lib/libllama.a"
  IMPORTED_LINK_INTERFACE_LANGUAGES "C;CXX"
  INTERFACE_INCLUDE_DIRECTORIES "${llama_root}/include"
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${llama_root}/include"
  INTERFACE_LINK_LIBRARIES
    "${llama_root}/lib/libggml.a;${llama_root}/lib/libggml-cpu.a;${llama_root}/lib/libggml-base.a;Threads::Threads;${CMAKE_DL_LIBS};m")
add_library(aimpact::llama_grammar STATIC IMPORTED GLOBAL)
set_target_properties(aimpact::llama_grammar PROPERTIES
  IMPORTED_LOCATION "${llama_root}/lib/libllama_grammar.a"
  IMPORTED_LINK_INTERFACE_LANGUAGES "CXX"
  INTERFACE_LINK_LIBRARIES aimpact::llama)

# sqlite-vec. The database opens it with sqlite3_load_extension.
add_library(aimpact::sqlite_vec INTERFACE IMPORTED GLOBAL)
set_target_properties(aimpact::sqlite_vec PROPERTIES
  INTERFACE_COMPILE_DEFINITIONS "AIMPACT_SQLITE_VEC=\"${AIMPACT_NATIVE_sqlite-vec}/vec0.so\"")

file(GLOB AIMPACT_NATIVE_RUNTIME_FILES
  "${openvino_root}/libs/*" "${sherpa_root}/lib/*.so" "${AIMPACT_NATIVE_sqlite-vec}/vec0.so")
