// fleet.hpp: the links of one control API, by name: each with a relay of its own, made when the
// program starts or when a request creates it. The io_context's one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "sim/control/controlled_link.hpp"

namespace badwire::control {

inline constexpr std::size_t links_max = 256;

/// What a link is asked to be.
struct link_wish {
    std::string name{};
    link_end listen{}, upstream{};
    bool enabled = true;
};

class fleet {
public:
    /// `options` says with which options a relay of that name is made.
    fleet(boost::asio::io_context& context,
          std::function<relay::relay_options(const std::string& name)> options);

    /// Throws problem: 409 for a name that is taken, where it cannot listen, or where there are too
    /// many; 400 where it would lead to itself.
    controlled_link& add(const link_wish& wish);
    /// The link of that name, made, or moved there and enabled as wished.
    controlled_link& add_or_move(const link_wish& wish);
    /// Throws problem: 404, as remove() does.
    controlled_link& find(std::string_view name);
    void remove(std::string_view name);

    /// Every link as at its start. Throws problem: 409 where one cannot listen again; the others are
    /// reset all the same.
    void reset();
    /// Stops all relays for good.
    void close();

    /// Where all of it runs.
    boost::asio::io_context::executor_type executor() const { return context_.get_executor(); }
    std::size_t size() const { return members_.size(); }
    void each(const std::function<void(const controlled_link&, const relay::relay&)>& use) const;

private:
    struct member {
        member(boost::asio::io_context& context, relay::relay_options options,
               const link_wish& wish)
            : through(context, std::move(options)),
              link(through, wish.name, wish.listen, wish.upstream, wish.enabled)
        {
        }
        relay::relay through;
        controlled_link link;
    };
    using members = std::map<std::string, std::unique_ptr<member>, std::less<>>;
    members::iterator position(std::string_view name);

    boost::asio::io_context& context_;
    std::function<relay::relay_options(const std::string& name)> options_;
    members members_;
};

} // namespace badwire::control
