// Tells a story: makes calls one after another, prints each as it happens, and moves the
// demonstration clock.
#ifndef QINGLIAN_SERVICES_CTL_YEAR_TELLER_H_
#define QINGLIAN_SERVICES_CTL_YEAR_TELLER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "google/protobuf/message.h"
#include "services/ctl/context.h"

namespace qinglian::ctl {

// Who tells the story himself: the client that qlctl calls as.
inline constexpr char kOwnName[] = "";

// What a call answered.
class Told {
 public:
  explicit Told(std::shared_ptr<const google::protobuf::Message> message)
      : message_(std::move(message)) {}

  // A text field, "" where there is none of this name.
  std::string Text(const std::string& field) const;
  std::string name() const { return Text("name"); }
  std::string etag() const { return Text("etag"); }
  // The name of the state, such as "STATE_ACTIVE".
  std::string State() const;
  const google::protobuf::Message& message() const { return *message_; }

 private:
  std::shared_ptr<const google::protobuf::Message> message_;
};

// Request ids follow from the story and the number of the step, so a story that is told again gets
// the same answers and changes nothing, and one that was cut off goes on where it stopped. Used by
// one thread.
class Teller {
 public:
  // Makes a token for the person with a staff number.
  using TokenSource = std::function<absl::StatusOr<std::string>(const std::string& staff_number)>;

  // `clock_file`: the demonstration clock, empty where real time must do. `story`: tells one story
  // from another.
  Teller(const Context& context, std::string clock_file, std::string story, TokenSource tokens);

  // Says by which staff number a person is known to who makes tokens. Before he does anything.
  void Introduce(const std::string& person, const std::string& staff_number);

  // Begins a chapter: prints its title.
  void Chapter(std::string_view title);

  // Sets the demonstration clock to nine o'clock in China on a day.
  absl::Status On(absl::CivilDay day);
  // Lets real time resume.
  absl::Status Resume();

  // Calls a method as `caller`, a person or kOwnName, with a request in JSON, whose request_id is
  // filled in, and prints `what` happened.
  absl::StatusOr<Told> Do(const std::string& caller, std::string_view what, std::string_view method,
                          const std::string& json);

  // The same for a transition of a resource: its name and etag are filled in. `fields` is the rest
  // of the JSON object, such as `"reason": "…"`, or empty.
  absl::StatusOr<Told> Move(const std::string& caller, std::string_view what,
                            std::string_view method, const Told& resource,
                            const std::string& fields = "");

  // The same for what a service also does by itself, as a clock tells it: nothing is done where
  // `already` holds.
  absl::StatusOr<Told> MoveUnless(absl::FunctionRef<bool(const Told&)> already,
                                  const std::string& caller, std::string_view what,
                                  std::string_view method, const Told& resource);

  // The resource as it is now, as whoever did something last sees it.
  absl::StatusOr<Told> Get(const std::string& name);

  // Gets a resource until `holds`, for what another service brings about; UNAVAILABLE after
  // `patience`.
  absl::StatusOr<Told> Await(std::string_view what, const std::string& name,
                             absl::FunctionRef<bool(const Told&)> holds,
                             absl::Duration patience = absl::Seconds(20));

  // The organization that the registry of the demonstration knows by this id.
  absl::StatusOr<std::string> Organization(const std::string& external_id);

  // Uploads a text file as evidence; answers its digest.
  absl::StatusOr<std::string> Upload(const std::string& caller, std::string_view what,
                                     const std::string& organization, const std::string& file_name,
                                     const std::string& content);

 private:
  absl::StatusOr<Context> As(const std::string& caller);
  std::string NextRequestId();
  void Print(std::string_view what, const std::string& detail) const;

  const Context& context_;
  const std::string clock_file_;
  const std::string story_;
  const TokenSource tokens_;
  // By person, and his token, which is as good for the whole story.
  std::map<std::string, std::string> staff_numbers_;
  std::map<std::string, std::string> issued_;
  std::string last_caller_;
  int step_ = 0;
};

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_YEAR_TELLER_H_
