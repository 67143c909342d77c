#include "sim/virtual/event_queue.hpp"

namespace badwire::sim {

bool event_queue::step()
{
    while (!ready_.empty() && !ready_.front().what) ready_.pop_front();
    event* next = nullptr;
    if (!ready_.empty() && (heap_.empty() || ready_.front() < heap_.front())) {
        next = ready_.front().what;
        ready_.pop_front();
    } else if (!heap_.empty()) {
        now_ = heap_.front().when;
        next = heap_.front().what;
        remove(0);
    } else {
        return false;
    }
    next->place_ = event::nowhere;
    waking_ -= next->wakes_nobody_ ? 0 : 1;
    next->fire();
    return true;
}

void event_queue::sift_up(std::size_t place)
{
    const entry moved = heap_[place];
    while (place > 0) {
        const std::size_t parent = (place - 1) / 2;
        if (!(moved < heap_[parent])) break;
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, moved);
}

void event_queue::sift_down(std::size_t place)
{
    const entry moved = heap_[place];
    for (;;) {
        std::size_t child = 2 * place + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
        if (!(heap_[child] < moved)) break;
        put(place, heap_[child]);
        place = child;
    }
    put(place, moved);
}

void event_queue::remove(std::size_t place)
{
    const entry last = heap_.back();
    heap_.pop_back();
    if (place == heap_.size()) return;
    put(place, last);
    sift_up(place);
    sift_down(last.what->place_);
}

} // namespace badwire::sim
