// Three Galera nodes behind one door (deploy/galera), of which a test may kill any.
#ifndef QINGLIAN_TESTS_SUPPORT_GALERA_CLUSTER_H_
#define QINGLIAN_TESTS_SUPPORT_GALERA_CLUSTER_H_

#include <string>
#include <vector>

namespace qinglian::test {

// Used by one thread.
class GaleraCluster {
 public:
  // Makes a folder for it; does not start it yet.
  GaleraCluster();
  // Stops it and removes its folder.
  ~GaleraCluster();
  GaleraCluster(const GaleraCluster&) = delete;
  GaleraCluster& operator=(const GaleraCluster&) = delete;

  static const std::vector<std::string>& Nodes();

  // Whether all nodes are in step with each other afterwards. Those that died join again.
  bool Up();
  // Ends a node without notice, as SIGKILL does, and waits until it is gone.
  void Kill(const std::string& node);
  // The node that the door leads to at this moment; "" for none.
  std::string Writer() const;

  // The door, for whoever runs the test, who may do everything there.
  std::string socket() const { return folder_ + "/mysql.sock"; }
  // A node itself.
  std::string socket(const std::string& node) const { return folder_ + "/" + node + "/mysql.sock"; }
  // What deploy/galera said last.
  std::string said() const;

 private:
  bool Do(const std::string& command) const;

  std::string folder_;
  int port_ = 0;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_GALERA_CLUSTER_H_
