// The driver's headers under either of their names: Connector/C++ 1.1 (Debian) and 8.3 or newer.
// Included by .cc files of this folder only.
#ifndef QINGLIAN_COMMON_MYSQL_MYSQL_COMPAT_H_
#define QINGLIAN_COMMON_MYSQL_MYSQL_COMPAT_H_

#if __has_include(<mysql/jdbc.h>)
#include <mysql/jdbc.h>
#else
#include <cppconn/connection.h>
#include <cppconn/datatype.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql_driver.h>
#endif

#endif  // QINGLIAN_COMMON_MYSQL_MYSQL_COMPAT_H_
