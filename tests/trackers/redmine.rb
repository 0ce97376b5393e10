# Fills an empty Redmine with what the tests need, and says in JSON what that is.
require 'json'

Redmine::DefaultData::Loader.load('en')
Setting.rest_api_enabled = '1'
manager = Role.find_by!(name: 'Manager')

person = lambda do |login|
  user = User.new(firstname: login.capitalize, lastname: 'Example', mail: "#{login}@example.org", language: 'en')
  user.login = login
  user.password = user.password_confirmation = 'a long password'
  user.save!
  user
end
keeper, ada, bo = %w[keeper ada bo].map(&person)

%w[widgets gadgets].each do |identifier|
  project = Project.create!(
    name: identifier.capitalize, identifier: identifier, is_public: false,
    enabled_module_names: ['issue_tracking'], trackers: Tracker.all
  )
  [keeper, ada, bo].each { |user| Member.create!(project: project, principal: user, roles: [manager]) }
end
Project.find('gadgets').close

puts JSON.generate(
  admin: User.find_by!(login: 'admin').api_key, key: keeper.api_key, ada: ada.id.to_s, bo: bo.id.to_s
)
