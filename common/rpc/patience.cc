#include "common/rpc/patience.h"

namespace qinglian::rpc {

double PatienceOf(access::v1::LoadClass load_class) {
  switch (load_class) {
    case access::v1::LOAD_CLASS_LIST:
      return 0.1;
    case access::v1::LOAD_CLASS_READ:
      return 0.4;
    case access::v1::LOAD_CLASS_INTAKE:
      return 1;
    default:
      return 0.8;
  }
}

}  // namespace qinglian::rpc
