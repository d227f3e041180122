# MUSTER_SANITIZE names the sanitizers; they have to be the same for every object of a program.
if(MUSTER_SANITIZE)
  add_compile_options(-fsanitize=${MUSTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MUSTER_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # At -O1 operator new is inlined into Boost.Asio's coroutines and operator delete is not, so that
    # GCC sees a pair that does not match.
    add_compile_options(-Wno-mismatched-new-delete)
  endif()
  if(MUSTER_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-Wno-tsan)  # Of the fences in Boost.Asio, which TSan does not follow.
  endif()
endif()
