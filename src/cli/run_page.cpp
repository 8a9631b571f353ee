#include "cli/run_page.h"

#include <nlohmann/json.hpp>

#include "cli/reach.h"
#include "cli/run_observer.h"
#include "web/gate.h"

namespace stp::cli {

std::vector<std::string> web_urls(const Endpoint& listening, std::string_view token) {
  std::vector<std::string> urls;
  for (const Endpoint& endpoint : endpoints_for_others(listening)) urls.push_back(web::page_url(endpoint, token));
  return urls;
}

Result<std::unique_ptr<RunPage>> RunPage::open(Context& context, net::Host& host, HostReporter& reporter) {
  std::unique_ptr<RunPage> page(new RunPage(reporter));
  const Options& options = context.options;
  if (!options.web) return page;
  daemon::RunFront& front = page->front_.emplace(host, host_options(context));
  if (Status opened = front.open(options.web_listen.value_or(kWebDefault), options.web_listen.has_value()); !opened) {
    return opened.error();
  }
  reporter.show_at(&front);
  const std::vector<std::string> urls = web_urls(front.listening(), front.token());
  for (const std::string& url : urls) context.console.say("stp: the dashboard is at " + url);
  emit(context, "web", {{"url", urls.front()}});
  return page;
}

RunPage::~RunPage() {
  reporter_.show_at(nullptr);
}

}  // namespace stp::cli
